"""Tests of language models, without a network."""
