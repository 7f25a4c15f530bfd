"""Tests of language models that people with accounts use."""
