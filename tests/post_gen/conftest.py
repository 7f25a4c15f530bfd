"""A project that was rendered but not finished, and the hook that finishes it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest

from finishing import BIN
from finishing import EXAMPLE
from finishing import HOOK
from finishing import LEFT_OUT
from finishing import Finish
from finishing import write


@pytest.fixture(scope="session")
def bare_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python that has no uv beside it."""
    folder = tmp_path_factory.mktemp("bare")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    return folder / BIN / "python"


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """A folder to be all that PATH holds: with git, without uv."""
    folder = tmp_path / "tools"
    folder.mkdir()
    found = subprocess.run(
        ["git", "--exec-path"], capture_output=True, encoding="utf-8", check=True
    )
    (folder / "git").symlink_to(Path(found.stdout.strip()) / "git")
    return folder


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project as the template rendered it, before the hook."""
    folder = tmp_path / "my shop"
    write(folder, install="no")
    (folder / ".env.example").write_text(EXAMPLE, encoding="utf-8")
    (folder / ".gitignore").write_text(".env\n.venv\n", encoding="utf-8")
    for name in (*LEFT_OUT, "app/main.py"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder


@pytest.fixture(scope="session")
def hook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The hook as Cookiecutter renders it, for a template in which some files belong to nothing."""
    text = HOOK.read_text(encoding="utf-8")
    left_out = "{{ cookiecutter | left_out | jsonify | urlencode }}"
    assert left_out in text
    rendered = tmp_path_factory.mktemp("hook") / HOOK.name
    rendered.write_text(text.replace(left_out, quote(json.dumps(LEFT_OUT))), encoding="utf-8")
    return rendered


@pytest.fixture
def finish(project: Path, tools: Path, bare_python: Path, hook: Path) -> Finish:
    """Run the hook, as Cookiecutter does, where there is nothing but these tools."""

    def finished(**settings: str) -> subprocess.CompletedProcess[str]:
        kept = {name: os.environ[name] for name in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM")}
        done = subprocess.run(
            [str(bare_python), str(hook)],
            cwd=project,
            env={"PATH": str(tools), "HOME": str(tools), **kept, **settings},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done

    return finished
