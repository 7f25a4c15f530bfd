"""Names of the tests: ``python -m pytest`` in a folder of tests puts that folder first."""

import sys
from importlib.metadata import packages_distributions

import pytest

from app.kit.project_metadata import ROOT


@pytest.mark.parametrize("kind", ["unit", "integration", "kit", "ai"])
def test_none_hides_a_package(kind: str) -> None:
    packages = packages_distributions().keys() | sys.stdlib_module_names
    folder = ROOT / "tests" / kind
    names = {path.stem for path in folder.rglob("*") if path.is_dir() or path.suffix == ".py"}
    assert names & packages == set()
