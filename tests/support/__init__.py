"""Helpers that the tests of this repository share."""
