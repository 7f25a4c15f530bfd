"""The fixtures of all tests: the template as a clone has it, and projects generated from it.

Servers and installed projects are the business of `support.py` and `serving.py`.
"""

import functools
import os
import shutil
import sys
from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path

import pytest
from cookiecutter.main import cookiecutter

import dev
from generating import clean_copy
from reading import Reader

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "hooks"))


LONGEST = ["test_installed.py", "test_raw_template.py", "test_schema.py", "test_switching.py"]
"""They come first, so that in the end no processor has to wait for one of them."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests of these files first."""
    items.sort(key=lambda item: item.path.name not in LONGEST)


@pytest.fixture(scope="session", autouse=True)
def _nothing_personal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the settings and caches of whoever runs the tests out of them."""
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
        for name, value in dev.wheels_of_this_machine().items():
            patch.setenv(name, value)
        yield


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template as a clone of this very working tree has it, without caches."""
    return clean_copy(tmp_path_factory.mktemp("template") / "clone")


@pytest.fixture(scope="session")
def bake(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Generate a project; equal answers give the same folder, so tests only read it."""

    @functools.cache
    def baked(**answers: str) -> Path:
        folder = tmp_path_factory.mktemp("baked")
        return Path(
            cookiecutter(
                str(template), no_input=True, extra_context=answers, output_dir=str(folder)
            )
        )

    return baked


@pytest.fixture
def reader(bake: Callable[..., Path], tmp_path: Path) -> Iterator[Reader]:
    """Somebody with a project of the default answers, which is theirs to change."""
    shutil.copytree(bake(), tmp_path / "project")
    with Reader(tmp_path / "project", tmp_path) as somebody:
        yield somebody
