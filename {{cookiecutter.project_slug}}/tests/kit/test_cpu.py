"""How many threads compute: as many as a container may use, not as its machine has."""

import os
import sys
from pathlib import Path

import pytest

from app.kit import cpu as processors
from app.kit.cpu import available_cpus

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has control groups")


@pytest.mark.parametrize(
    ("quota", "count"),
    [
        ("200000 100000\n", 2),
        ("150000 100000\n", 2),
        ("20000 100000\n", 1),
        ("max 100000\n", 64),
        ("9900000 100000\n", 64),
        ("", 64),
    ],
)
def test_a_quota_is_respected(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, quota: str, count: int
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(64)))
    monkeypatch.setattr(processors, "QUOTA", tmp_path / "cpu.max")
    (tmp_path / "cpu.max").write_text(quota, encoding="ascii")
    assert available_cpus() == count


def test_only_processors_that_the_process_may_run_on_count(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3, 5, 7})
    monkeypatch.setattr(processors, "QUOTA", tmp_path / "missing")
    assert available_cpus() == 3
