"""Use cases: what the application does, without HTTP and without SQL."""
