"""Build an image from a Dockerfile without a container engine; see `containers.py`."""

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from support import clean_environment
from support import dockerfile
from support.containers import Stage
from support.dockerfile import Instruction

IMAGE_PREFIX = Path("/usr/local")
"""Where Python is in its images."""

PASSED_PREFIXES = ("UV_", "SSL_CERT", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
"""How the variables begin that a builder passes on, since they say how to reach the packages."""

OVERRIDES = {"UV_COMPILE_BYTECODE": "0"}
"""What a build does not wait for here: a minute of work, by which the server starts sooner."""


class ImageBuilder:
    """Runs the instructions of a project's Dockerfile, each in its stage."""

    def __init__(self, project: Path, folder: Path, images: Mapping[str, Path]) -> None:
        self.project = project
        self.folder = folder
        self.images = images  # of files that are copied from other images -> where they are here
        self.stages: dict[str, Stage] = {}
        self.context = folder / "context"
        for name in dockerfile.list_build_context(project):
            target = self.context / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(project / name, target)

    def build(self) -> Stage:
        """Run every instruction, and return the last stage, which is the image."""
        for step in dockerfile.parse_dockerfile(self.project / "Dockerfile"):
            if step.word == "FROM":
                self.stage = self.begin(step)
            else:
                getattr(self, step.word.lower())(step)
        return self.stage

    def begin(self, step: Instruction) -> Stage:
        """Create a stage on the files of this machine, with its Python at the path of the image."""
        image, *name = step.words
        assert image.startswith("python:"), f"no {image} here"
        stage = Stage(self.folder / f"stage{len(self.stages)}")
        self.stages[name[1] if name else ""] = stage
        prefix, version = Path(sys.base_prefix), f"python3.{sys.version_info.minor}"
        lines = [f"chmod o+x {prefix} {' '.join(map(str, prefix.parents))}"]
        if prefix != IMAGE_PREFIX:
            lines += [f"rm -rf {IMAGE_PREFIX}/lib/{version}"]
            lines += [f"ln -s {prefix}/lib/{version} {IMAGE_PREFIX}/lib/{version}"]
            lines += [f"ln -sf {prefix}/bin/{version} {IMAGE_PREFIX}/bin/python"]
            lines += [f"ln -sf {prefix}/bin/{version} {IMAGE_PREFIX}/bin/python3"]
        self.call(stage, ["sh", "-c", " && ".join(lines)], {})
        return stage

    def env(self, step: Instruction) -> None:
        """Set variables for later steps and for the container."""
        known = self.stage.environment
        known |= {
            name: dockerfile.expand_variables(text, known) for name, text in step.variables.items()
        }

    def arg(self, step: Instruction) -> None:
        """Set a variable of the build to its default."""
        self.env(step)

    def workdir(self, step: Instruction) -> None:
        """Create the folder of later steps if it does not exist."""
        self.stage.workdir = step.text
        (self.stage.folder / "layer" / step.text.lstrip("/")).mkdir(parents=True, exist_ok=True)

    def run(self, step: Instruction) -> None:
        """Run a line of shell; a cache mount is this machine's cache of packages."""
        mount = dict(word.partition("=")[::2] for word in step.options.get("mount", "").split(","))
        cache = clean_environment.run(
            [sys.executable, "-m", "uv", "cache", "dir"], self.project
        ).strip()
        binds = {Path(cache): mount["target"]} if mount.get("type") == "cache" else {}
        self.call(self.stage, ["sh", "-c", step.text], binds)

    def copy(self, step: Instruction) -> None:
        """Copy files of the context, of another stage, or of another image."""
        *names, target = step.words
        source = step.options.get("from")
        if source in self.stages:
            root = self.stages[source].folder / "layer"
        else:
            root = self.images[source.partition(":")[0]] if source else self.context
        found = [path for name in names for path in sorted(root.glob(name.lstrip("/")))]
        assert found, f"nothing to copy: {step.text}"
        into = target if target.endswith("/") else f"{target}/."
        inside = [f"/mnt/{path.relative_to(root)}{'/.' if path.is_dir() else ''}" for path in found]
        line = f'mkdir -p {into} && cp -a "$@" {into}'
        self.call(self.stage, ["sh", "-c", line, "sh", *inside], {root: "/mnt"})

    def user(self, step: Instruction) -> None:
        """Set the user of later steps and of the container."""
        self.stage.user = step.text

    def volume(self, step: Instruction) -> None:
        """Declare a volume."""
        self.stage.volumes += step.words

    def expose(self, step: Instruction) -> None:
        """Ignore the port, which is only documentation."""

    def healthcheck(self, step: Instruction) -> None:
        """Set the command of the health check."""
        self.stage.health = Instruction("CMD", {}, step.text.removeprefix("CMD ")).words

    def cmd(self, step: Instruction) -> None:
        """Set the command of the container."""
        assert step.text.startswith("["), "with a shell in between, no signal reaches it"
        self.stage.command = step.words

    def call(self, stage: Stage, command: list[str], binds: Mapping[Path, str]) -> None:
        """Run a command in a stage."""
        passed = {k: v for k, v in os.environ.items() if k.upper().startswith(PASSED_PREFIXES)}
        environment = {**passed, **OVERRIDES, "HOME": "/root"}
        clean_environment.run(stage.enter(command, environment, binds), self.project)
