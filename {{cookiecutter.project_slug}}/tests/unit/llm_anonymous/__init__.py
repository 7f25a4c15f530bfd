"""Tests of language models where nobody signs in."""
