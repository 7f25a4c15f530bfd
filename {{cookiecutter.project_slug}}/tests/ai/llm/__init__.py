"""Unit tests of language models."""
