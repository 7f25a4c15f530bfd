"""The application starts without importing torch and the other heavy libraries."""

from typing import Any

from app.ai.local_models.source import _prepare_model
from tests.support.heavy_imports import assert_waits_for_imports
from tests.support.heavy_imports import read_startup_imports


def test_heavy_libraries_are_not_imported() -> None:
    heavy = {"torch", "transformers", "tokenizers", "huggingface_hub", "numpy", "PIL", "soundfile"}
    assert not read_startup_imports() & heavy


def test_models_wait_while_another_library_is_imported() -> None:
    nothing: Any = None
    assert_waits_for_imports(lambda: _prepare_model(nothing, nothing))
