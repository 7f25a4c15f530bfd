"""Models that run in this process, with the pipelines of transformers.

``torch`` and ``transformers`` take seconds to import, so they are imported only where a model is
loaded.
"""
