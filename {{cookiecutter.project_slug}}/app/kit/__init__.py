"""Infrastructure that does not depend on this project: server, database, settings, errors.

You need not read or change it to build your backend. It imports no feature, no model and
no endpoint (`uv run lint-imports` checks it).
"""
