"""Tests of language models whose quotas belong to IP addresses."""
