"""Request and response schemas of statistics."""
