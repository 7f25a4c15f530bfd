"""Generating a project without installing it, whole process, against Cookiecutter alone.

The reference is Cookiecutter with the very files that ours makes, as a template without toggles,
hooks or extensions: it renders each file (as any template's) and writes it. A third column shows
the same with every file copied and not rendered, which is the least Cookiecutter can do. Ours ends
with three git commands that make the first commit, unless the new project lies in a repository
already: the second row, which tells the cost of the toggles and hooks from that of git.
"""

import argparse
import json
import re
import shutil
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from projects import clone
from projects import generate
from ratios import Series
from ratios import Target
from ratios import table
from ratios import verdict

FOLDER = "{{cookiecutter.project_slug}}"
OURS, RENDERED, COPIED = "ours", "Cookiecutter", "copying only"
COMMIT, INSIDE = "with the first commit, s", "inside a repository, s"
TARGET = Target(1.5)
LIMIT_SECONDS = 0.7
BRACES = re.compile(r"\{[{%#]")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=11, help="long: 41 (default: %(default)s)")
    arguments = parser.parse_args()
    with TemporaryDirectory() as folder:
        templates = prepare(Path(folder))
        series = interleaved(templates, Path(folder), arguments.rounds)
    rows = [row_of(row, series) for row in (COMMIT, INSIDE)]
    print(table(["", OURS, RENDERED, COPIED, "ratio", "target", "absolute"], rows))


def prepare(folder: Path) -> dict[str, Path]:
    """The three templates: ours as git would hand it out, and its own result as two others."""
    ours = clone()
    generate(ours, folder / "first")
    [project] = (folder / "first").iterdir()
    shutil.rmtree(project / ".git")
    rendered = plain_template(project, folder / "rendered")
    copied = plain_template(project, folder / "copied", _copy_without_render=["*"])
    return {OURS: ours, RENDERED: rendered, COPIED: copied}


def plain_template(project: Path, template: Path, **options: object) -> Path:
    """A template that makes these files; those with braces of their own are copied."""
    files = [path for path in project.rglob("*") if path.is_file()]
    raw = [f"*/{path.name}" for path in files if BRACES.search(path.read_text("utf-8"))]
    answers = {"project_slug": "plain", "_copy_without_render": raw, **options}
    shutil.copytree(project, template / FOLDER)
    (template / "cookiecutter.json").write_text(json.dumps(answers), encoding="utf-8")
    return template


def interleaved(templates: dict[str, Path], folder: Path, rounds: int) -> Series:
    """Generate from one after the other, round after round; the first does not count."""
    (folder / "repository" / ".git").mkdir(parents=True)
    places = {COMMIT: folder / "out", INSIDE: folder / "repository" / "out"}
    series = Series()
    for number in range(rounds + 1):
        for row, out in places.items():
            for name, template in templates.items():
                seconds = seconds_of(template, out)
                shutil.rmtree(out)
                if number:
                    series.add(row, name, seconds)
    return series


def row_of(row: str, series: Series) -> list[str]:
    """One line of the table."""
    ratio = series.ratio(row, OURS, RENDERED)
    medians = [series.median(row, name) for name in (OURS, RENDERED, COPIED)]
    absolute = f"< {LIMIT_SECONDS} s {'yes' if medians[0] < LIMIT_SECONDS else 'NO'}"
    cells = [f"{seconds:.2f}" for seconds in medians]
    return [row, *cells, f"{ratio:.2f}", verdict(ratio, TARGET), absolute]


def seconds_of(template: Path, out: Path) -> float:
    """The seconds that one whole process takes."""
    start = time.perf_counter()
    generate(template, out)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
