"""Custom models over HTTP."""
