"""Block the import of packages that other libraries load although this process never uses them."""

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder


class _ImportBlocker(MetaPathFinder):
    """Raises ``ModuleNotFoundError`` for one package, as if it were not installed."""

    def __init__(self, package: str) -> None:
        self._package = package

    def find_spec(self, fullname: str, _path: Sequence[str] | None, _target: object = None) -> None:
        if fullname == self._package:
            raise ModuleNotFoundError(f"{fullname} is blocked in this process", name=fullname)


def block_import(package: str) -> None:
    """Make further imports of the package fail in this process."""
    sys.meta_path.insert(0, _ImportBlocker(package))
