"""Installing: with the uv that is there, with a fetched one, and what a failure says."""

import os
import subprocess
import zipfile
from pathlib import Path

import pytest

from finishing import BIN
from finishing import EXAMPLE
from finishing import FAKE_UV
from finishing import Finish
from finishing import last_lines
from finishing import posix_only
from finishing import put
from finishing import said
from finishing import write
from generating import git
from generating import run_cookiecutter
from generating import small_template


@posix_only
def test_uv_on_the_path_installs_before_the_commit(
    finish: Finish, project: Path, tools: Path
) -> None:
    write(project, install="yes")
    put(tools, "uv", FAKE_UV.format(code=0))
    done = finish(VIRTUAL_ENV="/somewhere")
    assert "Installing the packages ..." in done.stdout
    assert (project / "uv-was-called").read_text() == "sync"
    assert "uv.lock" in git(project, "ls-files").split("\n")
    assert said(done.stdout, "Start").startswith("uv run app serve")
    assert "Install:" not in done.stdout


@posix_only
def test_uv_beside_python_is_found(project: Path, finish: Finish, bare_python: Path) -> None:
    write(project, install="yes")
    put(bare_python.parent, "uv", FAKE_UV.format(code=0))
    try:
        done = finish()
    finally:
        (bare_python.parent / "uv").unlink()
    assert (project / "uv-was-called").read_text() == "sync"
    assert said(done.stdout, "Start").startswith(f".venv{os.sep}{BIN}{os.sep}app serve")


@posix_only
def test_uv_is_fetched_into_the_projects_environment(
    finish: Finish, project: Path, tmp_path: Path
) -> None:
    write(project, install="yes")
    done = finish(PIP_NO_INDEX="1", PIP_FIND_LINKS=str(wheel(tmp_path)))
    assert (project / "uv-was-called").read_text() == "sync --inexact"
    assert "uv.lock" in git(project, "ls-files").split("\n")
    assert said(done.stdout, "Start").startswith(f".venv{os.sep}{BIN}{os.sep}app serve")
    assert said(done.stdout, "Test") == f".venv{os.sep}{BIN}{os.sep}pytest"


def wheel(folder: Path) -> Path:
    """A folder with a package that stands in for uv."""
    name, records = "uv-9.9", ("METADATA", "WHEEL", "RECORD")
    texts = ("Metadata-Version: 2.1\nName: uv\nVersion: 9.9\n", "Wheel-Version: 1.0\n", "")
    with zipfile.ZipFile(folder / f"{name}-py3-none-any.whl", "w") as archive:
        for record, text in zip(records, texts, strict=True):
            archive.writestr(f"{name}.dist-info/{record}", text)
        script = zipfile.ZipInfo(f"{name}.data/scripts/uv")
        script.external_attr = 0o100755 << 16
        archive.writestr(script, FAKE_UV.format(code=0))
    return folder


@posix_only
def test_an_install_that_fails_is_reported(finish: Finish, project: Path, tools: Path) -> None:
    write(project, install="yes")
    put(tools, "uv", FAKE_UV.format(code=2))
    done = finish()
    assert last_lines(done.stdout)[-1] == (
        "  Failed:    installing the packages. To repeat it: uv sync"
    )
    assert git(project, "log", "--format=%s") == "Generate"
    assert (project / ".env").exists()


@posix_only
def test_without_uv_and_network_one_command_repeats_it(
    finish: Finish, project: Path, tmp_path: Path
) -> None:
    write(project, install="yes")
    empty = tmp_path / "empty"
    empty.mkdir()
    done = finish(PIP_NO_INDEX="1", PIP_FIND_LINKS=str(empty))
    assert "No matching distribution found for uv" in done.stderr
    failed = said(done.stdout, "Failed")
    assert failed.startswith("installing the packages. To repeat it: ")
    again = {**os.environ, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheel(tmp_path))}
    command = failed.partition("repeat it: ")[2]
    subprocess.run(command, shell=True, cwd=project, env=again, check=True)  # noqa: S602
    assert (project / "uv-was-called").read_text() == "sync --inexact"


@posix_only
def test_an_environment_that_cannot_be_made_is_reported(finish: Finish, project: Path) -> None:
    write(project, install="yes")
    (project / ".venv").touch()
    done = finish()
    assert said(done.stdout, "Failed").startswith("installing the packages.")
    assert (project / "app" / "main.py").exists()


@posix_only
@pytest.mark.parametrize("install", ["yes", "no"])
def test_an_install_can_be_left_out(
    finish: Finish, project: Path, tools: Path, install: str
) -> None:
    write(project, install=install)
    put(tools, "uv", FAKE_UV.format(code=0))
    done = finish(TEMPLATE_SKIP_INSTALL="1" if install == "yes" else "")
    assert not (project / "uv-was-called").exists()
    assert said(done.stdout, "Install") == "uv sync"


@posix_only
def test_a_failed_install_leaves_the_project(tmp_path: Path, tools: Path) -> None:
    put(tools, "uv", FAKE_UV.format(code=1))
    files = {
        ".cookiecutter.json": '{"cookiecutter": {{ cookiecutter | jsonify }}}',
        ".features.json": "{}",
        ".env.example": EXAMPLE,
    }
    template = small_template(tmp_path / "template", files, hooks=True)
    settings = {"TEMPLATE_SKIP_INSTALL": "", "PATH": str(tools)}
    done = run_cookiecutter(template, tmp_path, "--no-input", **settings)
    assert done.returncode == 0
    assert "Failed:" in done.stdout.splitlines()[-1]
    assert (tmp_path / "my_backend" / ".env").exists()
