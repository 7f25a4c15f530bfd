"""Small, pure helpers that know no other layer."""
