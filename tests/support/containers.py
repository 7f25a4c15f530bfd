"""Run images without a container engine; `image_builder.py` builds them.

A stage is a layer over the files of this machine (overlayfs) in namespaces of its own. Its steps
run as they are written, at the paths that they name. The base image is this machine with its
Python, so a file that is missing in an image cannot be noticed here. Needs Linux and root.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path

import pytest

from support import clean_environment
from support import external_servers
from support import processes

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""What every image begins with."""

TOOLS = ("unshare", "nsenter", "setpriv", "chroot", "ip")
HEALTH_TIMEOUT_SECONDS = 60

ENTER_SCRIPT = """set -eu
mount -t overlay overlay -o "lowerdir=$LOWER,upperdir=$UPPER,workdir=$WORK" "$ROOT"
mount -t proc proc "$ROOT/proc"
mount --rbind /dev "$ROOT/dev"
for bind in $BINDS; do
    mkdir -p "$ROOT${bind#*=}"
    mount --bind "${bind%%=*}" "$ROOT${bind#*=}"
done
if [ "$READ_ONLY" ]; then mount -o remount,ro,bind "$ROOT"; fi
if [ "$LONELY" ]; then ip link set lo up; fi
exec chroot "$ROOT" "$@"
"""
"""Mounts a layer and what belongs into it, and runs a program there."""


@dataclass
class Stage:
    """The result of a FROM and the steps below it."""

    folder: Path
    environment: dict[str, str] = field(default_factory=lambda: {"PATH": PATH})
    workdir: str = "/"
    user: str = "0:0"
    volumes: list[str] = field(default_factory=list)
    health: list[str] = field(default_factory=list)
    command: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        for name in ("layer", "work", "root"):
            (self.folder / name).mkdir(parents=True)

    def enter(
        self,
        command: list[str],
        variables: Mapping[str, str],
        binds: Mapping[Path, str],
        *,
        read_only: bool = False,
        lonely: bool = False,
    ) -> list[str]:
        """Return the command that runs another one in the stage, with these variables only."""
        settings = {
            "LOWER": "/",
            "UPPER": str(self.folder / "layer"),
            "WORK": str(self.folder / "work"),
            "ROOT": str(self.folder / "root"),
            "BINDS": " ".join(f"{source}={target}" for source, target in binds.items()),
            "READ_ONLY": "yes" if read_only else "",
            "LONELY": "yes" if lonely else "",
        }
        namespaces = ["--mount", *(["--net", "--pid", "--fork", "--kill-child"] if lonely else [])]
        outside = ["env", *(f"{name}={value}" for name, value in settings.items())]
        shell = ["sh", "-c", ENTER_SCRIPT, "sh"]
        return ["unshare", *namespaces, *outside, *shell, *self.inside(command, variables)]

    def inside(self, command: list[str], variables: Mapping[str, str]) -> list[str]:
        """Return the command as the user of the stage runs it; only root has privileges."""
        number, group = self.user.split(":")
        limits = ["--no-new-privs", "--bounding-set=-all", "--inh-caps=-all"]
        rights = [f"--reuid={number}", f"--regid={group}", "--clear-groups", *limits]
        chosen = {**self.environment, **variables}
        clean = ["env", "-i", "-C", self.workdir, *(f"{k}={v}" for k, v in chosen.items())]
        return [*(["setpriv", *rights] if number != "0" else []), *clean, *command]


@dataclass
class Container:
    """A running image."""

    image: Stage
    variables: dict[str, str]
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def first(self) -> int:
        """Return the process id of the container's process 1, or 0 if there is none."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return int((children.read_text().split() or ["0"])[0])

    def execute(self, command: list[str], given: str = "") -> subprocess.CompletedProcess[str]:
        """Run a command in the container, like `docker exec`."""
        enter = ["nsenter", "--target", str(self.first), "--mount", "--net", "--pid", "--root"]
        return processes.run(
            [*enter, *self.image.inside(command, self.variables)],
            input=given,
            capture_output=True,
        )

    def healthy(self) -> bool:
        """Return whether the health check succeeds before the server exits or time is up."""
        deadline = time.monotonic() + HEALTH_TIMEOUT_SECONDS
        while self.process.poll() is None and time.monotonic() < deadline:
            if self.first and self.execute(self.image.health).returncode == 0:
                return True
            time.sleep(0.2)
        return False

    def stop(self) -> int:
        """Send SIGTERM to process 1, like `docker stop`, and return its exit code."""
        os.kill(self.first, signal.SIGTERM)
        return self.process.wait(HEALTH_TIMEOUT_SECONDS)


@contextmanager
def running(
    image: Stage, folder: Path, binds: Mapping[Path, str], **variables: str
) -> Iterator[Container]:
    """Run the image read-only, except for the binds, in a network of its own."""
    log = folder / "container.log"
    command = image.enter(image.command, variables, binds, read_only=True, lonely=True)
    with (
        log.open("wb") as output,
        processes.started(
            command,
            env=clean_environment.build_environment(),
            stdout=output,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        yield Container(image, variables, process, log)


def create_volume(image: Stage, path: str, folder: Path) -> Path:
    """Create a volume with the files and the owner that the image has at this path."""
    target = folder / path.strip("/").replace("/", "-")
    target.mkdir()
    shutil.copystat(image.folder / "layer" / path.strip("/"), target)
    clean_environment.run(["cp", "-a", f"{image.folder}/layer{path}/.", str(target)], folder)
    return target


def require_container_tools() -> None:
    """Skip the test without Linux and root; without a tool skip it or, if required, fail."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("an image is built and run without an engine by root on Linux only")
    if missing := [name for name in TOOLS if shutil.which(name) is None]:
        (pytest.fail if external_servers.servers_required() else pytest.skip)(
            f"no {', '.join(missing)}"
        )
