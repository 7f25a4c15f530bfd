"""The image of a project, built and run step by step; see `containers.py` for what is shown so.

One with statistics on SQLite, and one on PostgreSQL; one with PyTorch takes too long.
"""

import shlex
import shutil
import socketserver
import sys
import threading
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from contextlib import suppress
from pathlib import Path
from socket import SHUT_WR
from socket import create_connection
from socket import socket
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest
import yaml

from support import clean_environment
from support import containers
from support import external_servers
from support import image_builder
from support import page_steps
from support.containers import Container
from support.containers import Stage
from support.paths import ROOT
from support.variants import Variant

VARIANTS = [
    Variant("sqlite", "jwt", ai_llm="yes", ai_statistical="yes"),
    Variant("postgresql", "jwt"),
]
NUMBER = 10001
DOOR = "/mnt"
NOT_COMPILED = {"PYTHONPYCACHEPREFIX": "/tmp/cache"}  # noqa: S108
"""A build would have compiled the packages, see `building.NOT_HERE`; this does it once."""

EXECUTE = "docker compose exec app "


class Running(NamedTuple):
    """A container, its project, and where its volumes lie on this machine."""

    variant: Variant
    project: Path
    image: Stage
    container: Container
    volumes: dict[str, Path]


@pytest.fixture(scope="module", params=VARIANTS, ids=str)
def running(
    request: pytest.FixtureRequest,
    bake: Callable[..., Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Running]:
    """What the Dockerfile makes of a project, run as compose.yaml says."""
    containers.require_container_tools()
    variant, folder = request.param, tmp_path_factory.mktemp("image")
    project = shutil.copytree(bake(**variant._asdict()), folder / "project")
    if variant.database != "sqlite":  # the other one is built as if nobody had installed it
        clean_environment.run([sys.executable, "-m", "uv", "lock", "--quiet"], project)
    image = image_builder.ImageBuilder(
        project, folder, {"ghcr.io/astral-sh/uv": uv(folder)}
    ).build()
    service = yaml.safe_load((project / "compose.yaml").read_bytes())["services"]["app"]
    assert service["read_only"]
    volumes = {path: containers.create_volume(image, path, folder) for path in image.volumes}
    assert volumes.keys() == {text.split(":")[1] for text in service.get("volumes", [])}
    binds = {**volumes, service["tmpfs"].partition(":")[0]: open_to_all(folder / "tmp")}
    with database(variant, folder) as (settings, more):
        mounted = {source: target for target, source in {**binds, **more}.items()}
        variables = {**env_file(project), **service["environment"], **NOT_COMPILED, **settings}
        with containers.running(image, folder, mounted, **variables) as container:
            assert container.healthy(), container.log.read_text(encoding="utf-8")
            yield Running(variant, project, image, container, volumes)
    shutil.rmtree(folder)  # it is large


def uv(folder: Path) -> Path:
    """What the image of uv holds."""
    (folder / "uv").mkdir()
    program = shutil.which("uv", path=Path(sys.executable).parent)
    assert program
    return Path(shutil.copy(program, folder / "uv")).parent


def env_file(project: Path) -> dict[str, str]:
    """The settings of `.env`."""
    lines = (project / ".env").read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def open_to_all(folder: Path) -> Path:
    """A new folder that anybody may write to, as /tmp is."""
    folder.mkdir()
    folder.chmod(0o1777)
    return folder


@contextmanager
def database(variant: Variant, folder: Path) -> Iterator[tuple[dict[str, str], dict[str, Path]]]:
    """The settings and the folders by which a container reaches its database.

    Its network is its own, so it reaches a server through a socket in a folder.
    """
    if variant.database == "sqlite":
        yield {}, {}
        return
    with (
        external_servers.scratch_database(variant.database, folder) as url,
        relay(url, folder) as door,
    ):
        parts = urlsplit(url)
        address = f"{parts.scheme}://{parts.username}@{parts.path}?host=/mnt"
        yield (
            {"DATABASE_URL": address, "DATABASE_PASSWORD": parts.password or "none"},
            {"/mnt": door},
        )


@contextmanager
def relay(url: str, folder: Path) -> Iterator[Path]:
    """A folder with a socket that leads to the PostgreSQL server of this URL."""
    server = urlsplit(url)

    class Relay(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with create_connection((str(server.hostname), server.port or 5432)) as there:
                back = threading.Thread(target=pump, args=(there, self.request), daemon=True)
                back.start()
                pump(self.request, there)

    door = open_to_all(folder / "door")
    path = door / ".s.PGSQL.5432"
    with socketserver.ThreadingUnixStreamServer(str(path), Relay) as listener:
        listener.daemon_threads = True
        path.chmod(0o777)
        threading.Thread(target=listener.serve_forever, daemon=True).start()
        yield door
        listener.shutdown()


def pump(source: socket, target: socket) -> None:
    """Pass on what arrives, and in the end that there is no more."""
    with suppress(OSError):  # one of the sides is gone
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(SHUT_WR)


def test_runs_as_an_unprivileged_user(running: Running) -> None:
    status = Path(f"/proc/{running.container.first}/status").read_text()
    fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    assert fields["Uid"].split() == [str(NUMBER)] * 4
    assert fields["Gid"].split() == [str(NUMBER)] * 4
    assert int(fields["CapEff"], 16) == int(fields["CapBnd"], 16) == 0


def test_is_healthy_only_while_the_server_responds(running: Running) -> None:
    assert running.container.execute(running.image.health).returncode == 0
    elsewhere = [word.replace("8000", "8001") for word in running.image.health]
    assert running.container.execute(elsewhere).returncode != 0


def test_writes_only_to_its_volumes(running: Running) -> None:
    for folder in ("/", "/app", "/app/app", "/app/.venv", "/home", "/var/tmp", "/etc"):  # noqa: S108
        done = running.container.execute(["touch", f"{folder}/new"])
        assert done.returncode != 0, folder
    for folder in ("/tmp", *running.volumes):  # noqa: S108
        assert running.container.execute(["touch", f"{folder}/new"]).returncode == 0, folder


def test_contains_only_the_files_it_needs(running: Running) -> None:
    layer = running.image.folder / "layer"
    assert {path.name for path in (layer / "app").iterdir()} == {
        ".venv",
        "app",
        "config",
        "pyproject.toml",
    }
    assert not (layer / "usr" / "local" / "bin" / "uv").exists()
    packages = {path.name for path in layer.glob("app/.venv/lib/*/site-packages/*")}
    assert "fastapi" in packages
    assert "redis" in packages, "the rate limits of several copies are counted there"
    assert not packages & {"pytest", "mypy", "ruff", "hatchling"}


def test_serves_a_user_journey(running: Running) -> None:
    modules = running.variant.modules
    address = "http://127.0.0.1:8000"
    program = "from support.user_journey import run_with_account\n"
    program += f"run_with_account({address!r}, {modules})"
    inside = ["nsenter", f"--net=/proc/{running.container.first}/ns/net"]
    path = f"{ROOT / 'tests'}:{ROOT}"
    clean_environment.run([*inside, sys.executable, "-c", program], ROOT, PYTHONPATH=path)


def test_commands_of_the_page_work(running: Running) -> None:
    page = (running.project / "docs" / "deployment.md").read_text(encoding="utf-8")
    commands = [line for line in page_steps.read_commands(page) if line.startswith(EXECUTE)]
    assert commands
    for line in commands:
        words = shlex.split(line.removeprefix(EXECUTE))
        done = running.container.execute(words, "correct horse battery\n" * 2)
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"


def test_stops_on_sigterm(running: Running) -> None:
    code = running.container.stop()
    log = running.container.log.read_text(encoding="utf-8")
    assert code == 0, log
    assert "Application shutdown complete" in log
