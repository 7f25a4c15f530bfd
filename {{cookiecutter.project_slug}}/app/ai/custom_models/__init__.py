"""Custom models: those of Hugging Face that ``config/models.toml`` declares, run in this process.

What needs torch or transformers is imported where a model is loaded, since both take seconds.
"""
