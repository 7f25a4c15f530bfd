"""Custom models that run in this process, over HTTP."""
