"""The hook installs the packages with uv, or with a downloaded uv, and reports failures."""

import os
import shutil
import sys
import zipfile
from pathlib import Path

import pytest

import post_gen_project
from support import clean_environment
from support import processes
from support.generation import create_small_template
from support.generation import run_cookiecutter
from support.generation import run_git
from support.post_gen_hook import ENV_EXAMPLE
from support.post_gen_hook import FAKE_UV
from support.post_gen_hook import SCRIPTS
from support.post_gen_hook import RunHook
from support.post_gen_hook import posix_only
from support.post_gen_hook import read_next_step
from support.post_gen_hook import read_next_steps
from support.post_gen_hook import write_answers
from support.post_gen_hook import write_executable


@posix_only
def test_uv_on_the_path_installs_before_the_commit(
    finish: RunHook, project: Path, tools: Path
) -> None:
    write_answers(project, install="yes")
    write_executable(tools, "uv", FAKE_UV.format(code=0))
    done = finish(VIRTUAL_ENV="/somewhere")
    assert "Installing the packages ..." in done.stdout
    assert (project / "uv-was-called").read_text() == "sync"
    assert "uv.lock" in run_git(project, "ls-files").split("\n")
    assert read_next_step(done.stdout, "Start").startswith("uv run app serve")
    assert "Install:" not in done.stdout


@posix_only
def test_uv_beside_python_is_found(project: Path, finish: RunHook, bare_python: Path) -> None:
    write_answers(project, install="yes")
    write_executable(bare_python.parent, "uv", FAKE_UV.format(code=0))
    try:
        done = finish()
    finally:
        (bare_python.parent / "uv").unlink()
    assert (project / "uv-was-called").read_text() == "sync"
    assert read_next_step(done.stdout, "Start").startswith(
        f".venv{os.sep}{SCRIPTS}{os.sep}app serve"
    )


@posix_only
def test_uv_is_downloaded_into_the_environment_of_the_project(
    finish: RunHook, project: Path, tmp_path: Path
) -> None:
    write_answers(project, install="yes")
    done = finish(PIP_NO_INDEX="1", PIP_FIND_LINKS=str(wheel(tmp_path)))
    assert (project / "uv-was-called").read_text() == "sync --inexact"
    assert "uv.lock" in run_git(project, "ls-files").split("\n")
    assert read_next_step(done.stdout, "Start").startswith(
        f".venv{os.sep}{SCRIPTS}{os.sep}app serve"
    )
    assert read_next_step(done.stdout, "Test") == f".venv{os.sep}{SCRIPTS}{os.sep}pytest"


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
def test_an_install_that_fails_is_reported(finish: RunHook, project: Path, tools: Path) -> None:
    write_answers(project, install="yes")
    write_executable(tools, "uv", FAKE_UV.format(code=2))
    done = finish()
    assert read_next_steps(done.stdout)[0].startswith(
        "The packages could not be installed, see above."
    )
    repeat = "uv venv --quiet --relocatable --allow-existing && uv sync"
    assert read_next_step(done.stdout, "Install") == repeat
    assert run_git(project, "log", "--format=%s") == "Generate"
    assert (project / ".env").exists()


@posix_only
def test_without_uv_and_network_one_command_repeats_it(
    finish: RunHook, project: Path, tmp_path: Path
) -> None:
    write_answers(project, install="yes")
    empty = tmp_path / "empty"
    empty.mkdir()
    done = finish(PIP_NO_INDEX="1", PIP_FIND_LINKS=str(empty))
    assert "No matching distribution found for uv" in done.stderr
    assert "Done." not in done.stdout
    again = {**os.environ, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheel(tmp_path))}
    command = read_next_step(done.stdout, "Install")
    processes.run(command, shell=True, cwd=project, env=again, check=True)  # noqa: S604
    assert (project / "uv-was-called").read_text() == "sync --inexact"


@posix_only
def test_an_environment_that_cannot_be_made_is_reported(finish: RunHook, project: Path) -> None:
    write_answers(project, install="yes")
    (project / ".venv").touch()
    done = finish()
    assert read_next_steps(done.stdout)[0].startswith("The packages could not be installed")
    assert (project / "app" / "main.py").exists()


@posix_only
@pytest.mark.parametrize("install", ["yes", "no"])
def test_the_installation_can_be_skipped(
    finish: RunHook, project: Path, tools: Path, install: str
) -> None:
    write_answers(project, install=install)
    write_executable(tools, "uv", FAKE_UV.format(code=0))
    done = finish(TEMPLATE_SKIP_INSTALL="1" if install == "yes" else "")
    assert not (project / "uv-was-called").exists()
    assert read_next_step(done.stdout, "Install").endswith("uv sync")
    assert read_next_steps(done.stdout)[0].startswith("Done.")


@posix_only
def test_a_failed_install_leaves_the_project(tmp_path: Path, tools: Path) -> None:
    write_executable(tools, "uv", FAKE_UV.format(code=1))
    files = {
        ".cookiecutter.json": '{"cookiecutter": {{ cookiecutter | jsonify }}}',
        ".features.json": "{}",
        ".env.example": ENV_EXAMPLE,
    }
    template = create_small_template(tmp_path / "template", files, hooks=True)
    settings = {"TEMPLATE_SKIP_INSTALL": "", "PATH": str(tools)}
    done = run_cookiecutter(template, tmp_path, "--no-input", **settings)
    assert done.returncode == 0
    assert read_next_steps(done.stdout)[0].startswith("The packages could not be installed")
    assert (tmp_path / "my_backend" / ".env").exists()


@posix_only
def test_a_project_that_was_moved_or_copied_uses_its_own_code(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "app").mkdir(exist_ok=True)
    (project / "app" / "where.py").write_text("print(__file__)\n", encoding="utf-8")
    processes.run([sys.executable, "-m", "venv", "--without-pip", project / ".venv"], check=True)
    (packages,) = (project / ".venv").glob("lib/*/site-packages")
    cached = tmp_path / "cached.pth"
    cached.write_text(str(project), encoding="utf-8")
    os.link(cached, packages / "_my_backend.pth")
    (packages / "other.pth").write_text("import os", encoding="utf-8")

    monkeypatch.chdir(project)
    post_gen_project.link_relatively(Path(".venv"))

    assert cached.read_text(encoding="utf-8") == str(project)
    assert (packages / "other.pth").read_text(encoding="utf-8") == "import os"
    shutil.copytree(project, tmp_path / "copied", symlinks=True)
    monkeypatch.chdir(tmp_path)
    moved = project.rename(tmp_path / "moved 100%")
    for folder in (moved, tmp_path / "copied"):
        python = folder / ".venv" / SCRIPTS / "python"
        command = [python, "-c", "import app.where"]
        assert clean_environment.run([*map(str, command)], tmp_path).strip() == str(
            folder / "app/where.py"
        )
