"""Tests of registering, logging in, one's own account, and administration."""
