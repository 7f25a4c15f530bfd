"""Sizes in bytes."""

MEGABYTE = 2**20
