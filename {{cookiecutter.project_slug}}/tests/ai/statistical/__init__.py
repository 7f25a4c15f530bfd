"""Tests of statistics without a database."""
