"""Statistics and who owns what."""
