"""Jinja filters that write the free text of answers into files."""

from __future__ import annotations

import json
import re

UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff]")
MARKUP = re.compile(r"^[-+=]|(?<=[wW]{3})\.|:(?=//)|&(?=[#\w])|[\\`*_\[\]<>|#~$]")
LIST_NUMBER = re.compile(r"^(\d+)([.)])")


def quote(text: str) -> str:
    """Return text as a string of TOML, YAML or JSON."""
    string = json.dumps(text, ensure_ascii=False)
    return UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", string)


def escape_markdown(text: str) -> str:
    """Escape text so that a line of Markdown shows it unchanged."""
    return LIST_NUMBER.sub(r"\1\\\2", MARKUP.sub(r"\\\g<0>", text))
