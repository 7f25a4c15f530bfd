"""Settings for tests, which nothing on the developer's machine can change."""

import os
from pathlib import Path
from typing import Any

import pytest

from app.core.config import Settings


def make_settings(**values: Any) -> Settings:
    """Settings of the environment ``testing``, but for these values."""
    quick: dict[str, Any] = {
        "environment": "testing",
        "database_auto_migrate": False,
        "job_workers": 0,  # also in production, whose settings do not say so
    }
    quick["password_hash_rounds"] = 4  # %if jwt
    return Settings(**{**quick, **values})


def isolate(patch: pytest.MonkeyPatch, folder: Path) -> None:
    """Forget the developer's variables and ``.env``; who reads settings finds an empty folder."""
    for name in list(os.environ):
        if name.lower() in Settings.model_fields:
            patch.delenv(name)
    patch.setitem(Settings.model_config, "env_file", None)
    patch.setenv("ENVIRONMENT", "testing")
    patch.setenv("DATABASE_URL", sqlite_url(folder / "isolated.db"))
    patch.setenv("STORAGE_URL", str(folder / "storage"))  # %if statistical
    # %if custom_models
    (folder / "models.toml").touch()
    patch.setenv("CUSTOM_MODELS_FILE", str(folder / "models.toml"))
    # %endif


def sqlite_url(path: Path) -> str:
    """The URL of a SQLite file."""
    return f"sqlite:///{path.as_posix()}"
