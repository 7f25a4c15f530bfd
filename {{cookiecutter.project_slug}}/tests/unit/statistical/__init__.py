"""Statistics, without a database or a process."""
