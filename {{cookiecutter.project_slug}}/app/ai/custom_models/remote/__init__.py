"""Models on model servers. They have a ``url`` in ``config/models.toml``, and need no weights here.

``huggingface.py`` and ``openai.py`` know the two APIs that such servers have.
"""
