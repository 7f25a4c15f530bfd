"""Runs images without a container engine; `building.py` builds them.

A stage is a layer over this machine's files (overlayfs), seen from namespaces of its own: its steps
run as they are written, at the paths that they name. A base image is this machine with its Python,
so what is *not* in an image cannot be tested here. It takes Linux, and root.
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

import support

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""What every image begins with."""

TOOLS = ("unshare", "nsenter", "setpriv", "chroot", "ip")
HEALTHY_SECONDS = 60

ENTER = """set -eu
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
    """What one FROM and the steps below it make."""

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
        """The command that runs another one inside, with these variables and no others."""
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
        shell = ["sh", "-c", ENTER, "sh"]
        return ["unshare", *namespaces, *outside, *shell, *self.inside(command, variables)]

    def inside(self, command: list[str], variables: Mapping[str, str]) -> list[str]:
        """The command as its user runs it, without any privilege unless that is root."""
        number, group = self.user.split(":")
        limits = ["--no-new-privs", "--bounding-set=-all", "--inh-caps=-all"]
        rights = [f"--reuid={number}", f"--regid={group}", "--clear-groups", *limits]
        chosen = {**self.environment, **variables}
        clean = ["env", "-i", "-C", self.workdir, *(f"{k}={v}" for k, v in chosen.items())]
        return [*(["setpriv", *rights] if number != "0" else []), *clean, *command]


@dataclass
class Container:
    """An image that runs."""

    image: Stage
    variables: dict[str, str]
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def first(self) -> int:
        """The process that the command became, or 0; inside, its number is 1."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return int((children.read_text().split() or ["0"])[0])

    def execute(self, command: list[str], given: str = "") -> subprocess.CompletedProcess[str]:
        """Run a command beside the first process, as an engine's `exec` does."""
        enter = ["nsenter", "--target", str(self.first), "--mount", "--net", "--pid", "--root"]
        return subprocess.run(
            [*enter, *self.image.inside(command, self.variables)],
            input=given,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )

    def healthy(self) -> bool:
        """Ask its health check until all is well, the server ends, or the time is up."""
        deadline = time.monotonic() + HEALTHY_SECONDS
        while self.process.poll() is None and time.monotonic() < deadline:
            if self.first and self.execute(self.image.health).returncode == 0:
                return True
            time.sleep(0.2)
        return False

    def stop(self) -> int:
        """Ask the first process to end, as an engine does, and wait for that."""
        os.kill(self.first, signal.SIGTERM)
        return self.process.wait(HEALTHY_SECONDS)


@contextmanager
def running(
    image: Stage, folder: Path, binds: Mapping[Path, str], **variables: str
) -> Iterator[Container]:
    """The image's own command, all read-only but for what is bound; a network of its own."""
    log = folder / "container.log"
    command = image.enter(image.command, variables, binds, read_only=True, lonely=True)
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            env=support.environment(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield Container(image, variables, process, log)
    finally:
        process.kill()
        process.wait()


def volume(image: Stage, path: str, folder: Path) -> Path:
    """A new volume, which begins with what the image has there: files and owner."""
    target = folder / path.strip("/").replace("/", "-")
    target.mkdir()
    shutil.copystat(image.folder / "layer" / path.strip("/"), target)
    support.run(["cp", "-a", f"{image.folder}/layer{path}/.", str(target)], folder)
    return target


def require_machine() -> None:
    """Skip where nothing of this can work; where servers are required, every tool must be there."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("an image is built and run without an engine by root on Linux only")
    if missing := [name for name in TOOLS if shutil.which(name) is None]:
        (pytest.fail if support.servers_required() else pytest.skip)(f"no {', '.join(missing)}")
