"""Rate limits with a real store."""
