"""The database engine, its sessions, and migrations."""
