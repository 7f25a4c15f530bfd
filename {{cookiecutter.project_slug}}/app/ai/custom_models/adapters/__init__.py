"""What transformers has for each task, as answers of this API."""
