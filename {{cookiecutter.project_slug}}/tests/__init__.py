"""The tests: `unit` without input or output, `integration` over HTTP and on a real database."""
