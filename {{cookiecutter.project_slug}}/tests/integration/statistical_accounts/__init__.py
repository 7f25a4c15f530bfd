"""Tests of statistics with accounts."""
