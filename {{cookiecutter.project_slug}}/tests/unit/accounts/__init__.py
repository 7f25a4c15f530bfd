"""Tests of the parts that know people, passwords and tokens."""
