"""Mentions of the example in pages and clients, and their replacements."""

import re
from collections.abc import Iterator
from pathlib import Path

PATH = "users/me"  # %= {{ '"users/me"' if cookiecutter.__jwt else '"greetings/you"' }}
"""What the examples read instead of items."""

REPLACEMENTS = {
    "README.md": (
        (r" and try the items\.", " and try the other paths."),
        (r"^curl \S+ \S+/api/v1/items.* --json .*\n", ""),
        (r"^(curl .*)/api/v1/items\b", r"\1/api/v1/users/me"),  # %if jwt
        (r"^(curl .*)/api/v1/items\b", r"\1/health/ready"),  # %if anonymous
        (r"^Follow one request from the top: .*/items\.py`.*\n\n", ""),
        (r"^.*docs/versions\.md.*\n", ""),
    ),
    "AGENTS.md": ((r" `app/api/deps/items\.py` is the example\.", ""),),
    "docs/clients.md": (
        (r"\baddTea\b", "load"),
        (r"^Future<List<dynamic>> load\b", "Future<Map<String, dynamic>> load"),
        (
            r"^  await api\.createItem\('Tea'\);\n  return api\.items\(\);",
            f"  return api.send('GET', '{PATH}');",
        ),
        (r"^import { items, ", "import { "),
        (
            r'^  const headers = .*\n  await send\("items", .*\n  return items\(\);',
            f'  return send("{PATH}");',
        ),
    ),
    "docs/extending.md": (
        (r", as `app/repositories/items\.py` and `ItemSort` in `app/schemas/items\.py` do\.", "."),
    ),
    "docs/upgrading.md": ((r'^TABLES = \["items"(?:, )?', "TABLES = ["),),  # %if jwt
    "flutter/lib/api.dart": (
        (r"^  Future<List<dynamic>> items\(\)(?:.*\n)+?  Future<void> deleteItem\(.*\n\n", ""),
        (r"'items\?limit=50'", f"'{PATH}'"),
    ),
    "vite/src/api.ts": ((r"^export async function items\(\) {\n.*\n}\n\n", ""),),
}
"""File -> patterns and their replacements."""

CLIENTS_AND_PAGES = ("README.md", "AGENTS.md", "docs/*.md", "flutter/lib/*.dart", "vite/src/*.ts")
MENTION = re.compile(
    r"/items\b|\bitems\.py\b|\bapi\.items\(|\b(?:create|update|delete)Item\b|\bItemSort\b"
)


def replace_texts(root: Path) -> list[str]:
    """Replace the example in pages and clients; return the files that still mention it."""
    for name, replacements in REPLACEMENTS.items():
        path = root / name
        if not path.is_file():
            continue
        text = path.read_text(encoding="utf-8")
        for pattern, replacement in replacements:
            text = re.sub(pattern, replacement, text, flags=re.MULTILINE)
        path.write_text(text, encoding="utf-8")
    return [path.relative_to(root).as_posix() for path in _mentioning(root)]


def _mentioning(root: Path) -> Iterator[Path]:
    for pattern in CLIENTS_AND_PAGES:
        for path in sorted(root.glob(pattern)):
            if MENTION.search(path.read_text(encoding="utf-8")):
                yield path
