"""One adapter per task: it turns the output of a transformers pipeline into an API response."""
