"""A project that was rendered but not finished, and the hook that finishes it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest

from support import processes
from support.post_gen_hook import ENV_EXAMPLE
from support.post_gen_hook import HOOK
from support.post_gen_hook import OMITTED_FILES
from support.post_gen_hook import SCRIPTS
from support.post_gen_hook import RunHook
from support.post_gen_hook import write_answers


@pytest.fixture(scope="session")
def bare_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a Python without uv beside it."""
    folder = tmp_path_factory.mktemp("bare")
    processes.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    return folder / SCRIPTS / "python"


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """Return a folder that will be the only one on PATH: with git, without uv."""
    folder = tmp_path / "tools"
    folder.mkdir()
    found = processes.run(["git", "--exec-path"], capture_output=True, check=True)
    (folder / "git").symlink_to(Path(found.stdout.strip()) / "git")
    return folder


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project as the template rendered it, before the hook."""
    folder = tmp_path / "my shop"
    write_answers(folder, install="no")
    (folder / ".env.example").write_text(ENV_EXAMPLE, encoding="utf-8")
    (folder / ".gitignore").write_text(".env\n.venv\n", encoding="utf-8")
    for name in (*OMITTED_FILES, "app/main.py"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder


@pytest.fixture(scope="session")
def hook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the hook as Cookiecutter renders it, with a list of omitted files."""
    text = HOOK.read_text(encoding="utf-8")
    omitted_files = "{{ cookiecutter | omitted_files | jsonify | urlencode }}"
    assert omitted_files in text
    rendered = tmp_path_factory.mktemp("hook") / HOOK.name
    rendered.write_text(
        text.replace(omitted_files, quote(json.dumps(OMITTED_FILES))), encoding="utf-8"
    )
    return rendered


@pytest.fixture
def finish(project: Path, tools: Path, bare_python: Path, hook: Path) -> RunHook:
    """Return a function that runs the hook with nothing but these tools."""

    def finished(code: int = 0, **settings: str) -> subprocess.CompletedProcess[str]:
        kept = {name: os.environ[name] for name in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM")}
        done = processes.run(
            [str(bare_python), str(hook)],
            cwd=project,
            env={"PATH": str(tools), "HOME": str(tools), **kept, **settings},
            capture_output=True,
        )
        assert done.returncode == code, done.stderr
        return done

    return finished
