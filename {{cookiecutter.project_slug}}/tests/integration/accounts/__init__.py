"""Tests of registering, logging in, the user's own account, and administration."""
