"""Tests of the whole application, on a real database."""
