"""Custom models: the models of ``config/models.toml``. Each source runs some of them.

Large libraries take seconds to import, so they are imported only where a model is used.
"""
