"""Statistics: models that learn from tables.

What needs pandas or scikit-learn is imported where it is first used, since both take long to load.
"""
