"""The business logic, without HTTP and without SQL."""
