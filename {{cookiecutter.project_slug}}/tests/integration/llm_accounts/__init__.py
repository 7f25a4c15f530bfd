"""Tests of language models with accounts."""
