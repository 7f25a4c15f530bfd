"""Tests of single parts, with fakes in place of the database."""
