"""The HTTP server, its middleware, error responses, and the OpenAPI document."""
