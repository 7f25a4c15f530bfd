"""The HTTP side: what is asked of services, and how their answers and errors look."""
