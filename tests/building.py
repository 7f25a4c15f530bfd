"""Builds an image from a Dockerfile, step by step and without an engine; see `containers.py`."""

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

import dockerfile
import support
from containers import Stage
from dockerfile import Step

IMAGE_PREFIX = Path("/usr/local")
"""Where Python is in its images."""

FROM_OUTSIDE = ("UV_", "SSL_CERT", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
"""How the variables begin that a builder passes on, since they say how to reach the packages."""

NOT_HERE = {"UV_COMPILE_BYTECODE": "0"}
"""What a build does not wait for here: a minute of work, by which the server starts sooner."""


class Builder:
    """Carries out the steps of a project's Dockerfile, each in the stage it stands in."""

    def __init__(self, project: Path, folder: Path, images: Mapping[str, Path]) -> None:
        self.project = project
        self.folder = folder
        self.images = images  # of files that are copied from other images -> where they are here
        self.stages: dict[str, Stage] = {}
        self.context = folder / "context"
        for name in dockerfile.sent_to_builder(project):
            target = self.context / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(project / name, target)

    def build(self) -> Stage:
        """Run every step; the last stage is the image."""
        for step in dockerfile.steps(self.project / "Dockerfile"):
            if step.word == "FROM":
                self.stage = self.begin(step)
            else:
                getattr(self, step.word.lower())(step)
        return self.stage

    def begin(self, step: Step) -> Stage:
        """A stage on this machine's own files, with its Python where an image has it."""
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

    def env(self, step: Step) -> None:
        """Variables for later steps, and for what runs in the end."""
        known = self.stage.environment
        known |= {name: dockerfile.expanded(text, known) for name, text in step.variables.items()}

    def arg(self, step: Step) -> None:
        """A variable of the build; nobody gives it another value here."""
        self.env(step)

    def workdir(self, step: Step) -> None:
        """The folder of later steps, made if it is not there."""
        self.stage.workdir = step.text
        (self.stage.folder / "layer" / step.text.lstrip("/")).mkdir(parents=True, exist_ok=True)

    def run(self, step: Step) -> None:
        """A line of shell, with this machine's cache of packages where it asks for one."""
        mount = dict(word.partition("=")[::2] for word in step.options.get("mount", "").split(","))
        cache = support.run([sys.executable, "-m", "uv", "cache", "dir"], self.project).strip()
        binds = {Path(cache): mount["target"]} if mount.get("type") == "cache" else {}
        self.call(self.stage, ["sh", "-c", step.text], binds)

    def copy(self, step: Step) -> None:
        """Files of the context, of another stage, or of another image."""
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

    def user(self, step: Step) -> None:
        """Who runs the later steps, and what runs in the end."""
        self.stage.user = step.text

    def volume(self, step: Step) -> None:
        """A folder that stays."""
        self.stage.volumes += step.words

    def expose(self, step: Step) -> None:
        """Only says which port it is."""

    def healthcheck(self, step: Step) -> None:
        """The command that tells whether all is well."""
        self.stage.health = Step("CMD", {}, step.text.removeprefix("CMD ")).words

    def cmd(self, step: Step) -> None:
        """What runs in the end."""
        assert step.text.startswith("["), "with a shell in between, no signal reaches it"
        self.stage.command = step.words

    def call(self, stage: Stage, command: list[str], binds: Mapping[Path, str]) -> None:
        """Run a command in a stage to its end."""
        passed = {k: v for k, v in os.environ.items() if k.upper().startswith(FROM_OUTSIDE)}
        environment = {**passed, **NOT_HERE, "HOME": "/root"}
        support.run(stage.enter(command, environment, binds), self.project)
