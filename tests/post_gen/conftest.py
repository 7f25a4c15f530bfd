"""A project that was rendered but not finished, and the hook that finishes it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from finishing import BIN
from finishing import EXAMPLE
from finishing import HOOK
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
    features = {
        "jwt": {"on": "", "paths": ["app/auth", "app/users/one.py", "app/users/two.py"]},
        "mysql": {"on": "yes", "paths": ["app/mysql.py"]},
    }
    write(folder, install="no")
    (folder / ".features.json").write_text(json.dumps(features), encoding="utf-8")
    (folder / ".env.example").write_text(EXAMPLE, encoding="utf-8")
    (folder / ".gitignore").write_text(".env\n.venv\n", encoding="utf-8")
    for name in ("auth/deep/er.py", "users/one.py", "users/two.py", "mysql.py", "main.py"):
        (folder / "app" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "app" / name).touch()
    return folder


@pytest.fixture
def finish(project: Path, tools: Path, bare_python: Path) -> Finish:
    """Run the hook, as Cookiecutter does, where there is nothing but these tools."""

    def finished(**settings: str) -> subprocess.CompletedProcess[str]:
        kept = {name: os.environ[name] for name in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM")}
        done = subprocess.run(
            [str(bare_python), str(HOOK)],
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
