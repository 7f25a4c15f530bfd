"""The application starts as fast as without statistics: it imports no numerical library."""

from typing import Any

from app.ai.statistical.cache import parse_model
from tests.support.heavy_imports import assert_waits_for_imports
from tests.support.heavy_imports import read_startup_imports


def test_no_numerical_library_is_imported() -> None:
    assert not read_startup_imports() & {"sklearn", "pandas", "numpy", "scipy", "skops"}


def test_predictions_wait_while_another_library_is_imported() -> None:
    nothing: Any = None
    assert_waits_for_imports(lambda: parse_model(nothing, b""))
