"""Language models: the port, its adapters, and the service that the endpoints call."""
