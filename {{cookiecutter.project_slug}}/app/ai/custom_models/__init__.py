"""Custom models: Hugging Face models from ``config/models.toml``, run in this process.

``torch`` and ``transformers`` take seconds to import, so they are imported only where a model is
loaded.
"""
