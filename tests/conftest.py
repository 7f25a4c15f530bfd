"""The fixtures of all tests: the template as a clone has it, and projects generated from it.

Servers and installed projects are the business of `support.py` and `app_server.py`.
"""

import functools
import os
import re
import shutil
import signal
import sys
from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cookiecutter.main import cookiecutter
from xdist.scheduler import LoadScopeScheduling

from support.generation import copy_template
from support.page_runner import PageRunner
from support.result_tables import pytest_terminal_summary as pytest_terminal_summary
from support.variants import Variant

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "hooks"))


FIRST_FILES = ["test_installed_projects.py", "test_raw_template.py", "test_answer_changes.py"]
"""Run first, so that no worker waits for one of them at the end."""


ANSWERS = r"sqlite|postgresql|mysql|jwt|none|yes|no|github|(?:ai|docker|ci)_\w+"
PROJECT = re.compile(rf"\[(?:pairs-)?(?:{ANSWERS})(?:-(?:{ANSWERS}))+(?=[]-])")
"""How the name of a test begins, in brackets, that shares a project with others of its file."""


class ProjectScheduling(LoadScopeScheduling):  # type: ignore[misc]
    """Runs all tests of a project in one worker: generating it takes longer than most tests.

    Any other test goes to the process that is free. Marks for groups would say the same, but this
    version of xdist does not see them.
    """

    def _split_scope(self, nodeid: str) -> str:
        found = PROJECT.search(nodeid)
        return f"{nodeid.partition('::')[0]}{found[0]}" if found else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ProjectScheduling:
    """Distribute the tests by projects."""
    return ProjectScheduling(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the slowest files first."""
    items.sort(key=lambda item: item.path.name not in FIRST_FILES)


@pytest.fixture(scope="session", autouse=True)
def _nothing_personal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Hide the settings and caches of the developer from the tests.

    So it is with Ctrl-C, which a job in the background and all that it starts ignore.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    folder = tmp_path_factory.mktemp("home")
    cookiecutter_config = folder / "cookiecutter.yaml"
    cookiecutter_config.write_text(
        f'cookiecutters_dir: "{(folder / "cookiecutters").as_posix()}"\n'
        f'replay_dir: "{(folder / "replay").as_posix()}"\n',
        encoding="utf-8",
    )
    git_config = folder / "gitconfig"
    git_config.write_text("[user]\nname = Tester\nemail = tester@example.com\n", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COOKIECUTTER_CONFIG", str(cookiecutter_config))
        patch.setenv("GIT_CONFIG_GLOBAL", str(git_config))
        patch.setenv("GIT_CONFIG_SYSTEM", os.devnull)
        patch.setenv("TEMPLATE_SKIP_INSTALL", "1")
        yield


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Copy the template as a clone of this working tree would have it, without caches.

    All tests share it: what one of them writes there is in the projects of the others.
    """
    clone = copy_template(tmp_path_factory.mktemp("template") / "clone")
    copied = set(clone.rglob("*"))
    yield clone
    written = sorted(map(str, set(clone.rglob("*")) - copied))
    assert not written, written


@pytest.fixture(scope="session")
def bake(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Generate a project; the same answers return the same folder, so do not change it."""

    @functools.cache
    def baked(**answers: str) -> Path:
        folder = tmp_path_factory.mktemp("baked")
        return Path(
            cookiecutter(
                str(template), no_input=True, extra_context=answers, output_dir=str(folder)
            )
        )

    return baked


@pytest.fixture(scope="session")
def copy_project(
    bake: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[Variant], Path]:
    """Return a function that generates a project of a variant, for tests that change it."""

    def copy(variant: Variant) -> Path:
        folder = tmp_path_factory.mktemp("copy") / "project"
        return Path(shutil.copytree(bake(**variant._asdict()), folder))

    return copy


@pytest.fixture
def reader(bake: Callable[..., Path], tmp_path: Path) -> Iterator[PageRunner]:
    """Yield a runner of pages, with a project that the pages may change."""
    shutil.copytree(bake(ai_statistical="yes"), tmp_path / "project")
    with PageRunner(tmp_path / "project", tmp_path) as runner:
        yield runner
