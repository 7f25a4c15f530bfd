"""Train statistical models on tables, and predict with them.

pandas and scikit-learn load slowly: import them only in worker processes, or on first use.
"""
