"""Custom models without HTTP."""
