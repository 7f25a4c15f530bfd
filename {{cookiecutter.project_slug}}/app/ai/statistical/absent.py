"""Keeps libraries out of a process that others would load there, and that nobody needs."""

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder


class _Absent(MetaPathFinder):
    """Tells whoever imports one package that it is not installed."""

    def __init__(self, package: str) -> None:
        self._package = package

    def find_spec(self, fullname: str, _path: Sequence[str] | None, _target: object = None) -> None:
        if fullname == self._package:
            raise ModuleNotFoundError(f"{fullname} is kept out of this process", name=fullname)


def keep_out(package: str) -> None:
    """From now on, this process is one in which the package is not installed."""
    sys.meta_path.insert(0, _Absent(package))
