"""Modules of artificial intelligence: each has its port, its adapters and its service here."""
