"""The HTTP API: dependencies, middleware, and the endpoints of each version."""
