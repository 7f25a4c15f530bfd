"""What endpoints ask for, as FastAPI dependencies: one file for each feature.

FastAPI resolves the parameters of a function in their order. The last one takes a connection to the
database, so no request holds one while it waits for something else.
"""
