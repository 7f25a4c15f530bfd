"""How long tests wait for what will come."""

MAX_WAIT_SECONDS = 120
"""Long enough for a slow machine. Only a test that fails waits for so long."""
