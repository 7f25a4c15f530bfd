"""Runs a program with every call to aiosqlite counted: one byte for each in ``CALLS_FILE``.

Each call is given to the thread of its connection and waited for. This runs in the place of the
server's own command line: ``python counted_calls.py -m module …`` or ``-c program …``.
"""

import os
import runpy
import sys
from pathlib import Path
from typing import Any

import aiosqlite


def count_calls(file: Path) -> None:
    """Let every call of every connection add a byte to the file."""
    execute = aiosqlite.Connection._execute

    async def counted(self: aiosqlite.Connection, *arguments: Any, **options: Any) -> Any:
        with file.open("ab") as calls:
            calls.write(b".")
        return await execute(self, *arguments, **options)  # type: ignore[no-untyped-call]

    aiosqlite.Connection._execute = counted  # type: ignore[method-assign]


def main() -> None:
    """Count, and run what the command line says."""
    count_calls(Path(os.environ["CALLS_FILE"]))
    kind, program, *rest = sys.argv[1:]
    sys.argv = [program, *rest]
    sys.path[0] = ""
    if kind == "-m":
        runpy.run_module(program, run_name="__main__", alter_sys=True)
    else:
        exec(program, {"__name__": "__main__"})  # noqa: S102


if __name__ == "__main__":
    main()
