"""Tests of what is inside the AI modules."""
