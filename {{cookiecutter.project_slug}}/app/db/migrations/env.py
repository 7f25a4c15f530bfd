"""Alembic runs this file before the migrations."""

import app.models  # noqa: F401  (so that autogenerate sees every table)
from app.core.config import load_settings
from app.db.base import Base
from app.kit.db.migration_env import run_migrations

run_migrations(Base.metadata, load_settings)
