"""Models on model servers."""
