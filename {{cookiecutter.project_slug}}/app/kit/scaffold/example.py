"""The command ``app remove-example``, which also removes itself."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click

from app.kit.project_metadata import ROOT
from app.kit.scaffold.example_texts import replace_texts
from app.kit.scaffold.files import remove_lines
from app.kit.scaffold.files import require_ruff
from app.kit.scaffold.files import tidy

VERSIONS = "app/db/migrations/versions"
MIGRATION = f"{VERSIONS}/0002_items.py"
REVISION = '"0002"'
FILES = (
    "app/api/deps/items.py",
    "app/api/v1/endpoints/items.py",
    MIGRATION,
    "app/models/item.py",
    "app/repositories/items.py",
    "app/kit/scaffold/example.py",
    "app/kit/scaffold/example_texts.py",
    "app/schemas/items.py",
    "app/services/items.py",
    "docs/versions.md",
    "tests/integration/accounts/test_ownership.py",  # %if jwt
    "tests/integration/test_items.py",
    "tests/integration/test_items_change.py",
    "tests/integration/test_items_openapi.py",
    "tests/integration/test_items_pages.py",
    "tests/integration/test_items_search.py",
    "tests/kit/test_stopping.py",
    "tests/support/items.py",
    "tests/support/load.py",
    "tests/unit/fake_items.py",
    "tests/unit/test_item_service.py",
    "tests/kit/test_remove_example.py",
)
LINES = {
    "app/api/v1/router.py": (
        "from app.api.v1.endpoints import items",
        "router.include_router(items.router)",
    ),
    "app/cli.py": (
        "from app.kit.scaffold.example import remove_example",
        "main.add_command(remove_example)",
    ),
    "app/models/__init__.py": ("from app.models.item import Item as Item",),
}
EMPTY_MIGRATION = '''"""The start: no table yet."""

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change nothing."""


def downgrade() -> None:
    """Change nothing."""
'''
"""The base of new migrations if no other migration is left."""

DOWN_REVISION = re.compile(r"^down_revision\b[^=\n]*= *(?P<value>.*)$", re.MULTILINE)


@click.command()
def remove_example() -> None:
    """Remove the example table items with its paths, migration, tests and pages."""
    require_ruff()
    if importers := _find_importers(ROOT):
        raise click.ClickException(
            f"Nothing was removed: {', '.join(importers)} still imports the example. "
            "Remove that file or its import first."
        )
    if changed := _find_changes(ROOT):
        raise click.ClickException(
            f"Nothing was removed: {', '.join(changed)} has uncommitted changes. Commit them first."
        )
    _relink_migrations(ROOT)
    for name, lines in LINES.items():
        remove_lines(ROOT / name, lines)
    for name in FILES:
        (ROOT / name).unlink(missing_ok=True)
    tidy(ROOT, LINES)
    mentioning = replace_texts(ROOT)
    click.echo(
        "The example has been removed. An existing database keeps the table items, now unused:\n"
        "if it holds nothing that you need, delete it (for SQLite, the file app.db).\n"
        "docs/versions.md was removed as well, because its code needs the example."
    )
    if mentioning:
        click.echo(f"These files still mention items: {', '.join(mentioning)}")


def _find_importers(root: Path) -> list[str]:
    """Return the files outside the example that import a part of it."""
    modules = [name.removesuffix(".py").replace("/", ".") for name in FILES if name != MIGRATION]
    imports = re.compile(rf"^\s*from (?:{'|'.join(map(re.escape, modules))}) import", re.MULTILINE)
    found = []
    for path in _sources(root):
        name = path.relative_to(root).as_posix()
        text = path.read_text(encoding="utf-8")
        for line in LINES.get(name, ()):
            text = text.replace(f"{line}\n", "")
        if name not in FILES and imports.search(text):
            found.append(name)
    return found


def _find_changes(root: Path) -> list[str]:
    """Return the files of the example with uncommitted changes; none without git."""
    command = ["git", "status", "--porcelain", "--no-renames", "-z", "--", *FILES]
    try:
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        return []
    changed = {line[3:] for line in done.stdout.split("\0") if line}
    return [name for name in FILES if any(path.endswith(name) for path in changed)]


def _sources(root: Path) -> Iterator[Path]:
    for folder in ("app", "tests"):
        yield from sorted((root / folder).rglob("*.py"))


def _relink_migrations(root: Path) -> None:
    """Relink the migrations around that of the example; add an empty one if none is left."""
    if not (root / MIGRATION).exists():
        return
    before = DOWN_REVISION.search((root / MIGRATION).read_text(encoding="utf-8"))
    others = [path for path in (root / VERSIONS).glob("*.py") if path != root / MIGRATION]
    if not others:
        (root / VERSIONS / "0001_start.py").write_text(EMPTY_MIGRATION, encoding="utf-8")
    for path in others:
        text = path.read_text(encoding="utf-8")
        found = DOWN_REVISION.search(text)
        if before and found and found["value"] == REVISION:
            start, end = found.span("value")
            path.write_text(text[:start] + before["value"] + text[end:], encoding="utf-8")
