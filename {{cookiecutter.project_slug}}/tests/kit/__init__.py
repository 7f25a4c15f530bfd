"""Tests of `app/kit`, the machine room."""
