"""Tests of language models over HTTP, against a server that can make every failure."""
