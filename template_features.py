"""The flags that cookiecutter.json derives from the answers, and the files that belong to them.

`.features.json` in the template folder lists the files and folders of each flag. A file is
generated only if its flag is on.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

MANIFEST = ".features.json"


def read_rules(questions: Mapping[str, object]) -> dict[str, str]:
    """Map each flag to the Jinja rule that derives it; in cookiecutter.json it begins with `__`."""
    return {
        key.removeprefix("__"): value
        for key, value in questions.items()
        if key.startswith("__") and isinstance(value, str)
    }


def collect_defaults(questions: Mapping[str, object]) -> set[str]:
    """Return every text that is a default or a choice of a question."""
    lists = [value if isinstance(value, list) else [value] for value in questions.values()]
    return {text for texts in lists for text in texts if isinstance(text, str)}


def read_manifest(manifest: Path) -> dict[str, str]:
    """Map each path of the manifest, a file or a folder, to its flag."""
    if not manifest.is_file():
        return {}
    features = json.loads(manifest.read_text(encoding="utf-8"))
    return {path: flag for flag, feature in features.items() for path in feature["paths"]}


def find_flag(path: str, flags_by_path: Mapping[str, str]) -> str | None:
    """Return the flag of a file in the template folder; it may be that of a parent folder."""
    parts = path.replace("\\", "/").split("/")
    prefixes = ("/".join(parts[:count]) for count in range(1, len(parts) + 1))
    return next((flags_by_path[prefix] for prefix in prefixes if prefix in flags_by_path), None)
