"""The template language: comments that keep the template folder a working project.

    code  # %if flag             the line stays if the flag is on
    # %if flag … # %endif        the lines between stay if the flag is on
    key = value  # %= text       the value becomes the text, in which Jinja is rendered

In files whose comments begin with //, such as Dart and TypeScript, write // instead of #. All other
text is written unchanged, braces included. Markdown and JSON have no such comments; they contain
plain Jinja. A flag is a `__name` of cookiecutter.json.

In Python, an import needs no guard: it is left out with the last line that uses it.

Each line becomes one line of Jinja, so that the line numbers of Jinja's errors are right.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence

from jinja2 import TemplateSyntaxError

JINJA_FILES = (".md", ".json")
FORMS = (
    "write `code  # %if flag`, `# %if flag`, `# %endif` or `key = value  # %= text`, "
    "with two spaces before the # (or //) and one after it"
)

GUARD = re.compile(r"(?P<code>.*\S)  (?:#|//) %if (?P<flag>\w+)")
BLOCK = re.compile(r"\s*(?:#|//) %if (?P<flag>\w+)")
END = re.compile(r"\s*(?:#|//) %endif")
VALUE = re.compile(
    r"""(?P<key>\s*(?:-\ )?["']?[\w.-]+["']?    # a name, perhaps quoted or in a YAML list
    (?::\ [\w., |\[\]]+?\ =\ |\ =\ |=|:\ ))     # `: type = `, ` = `, `=` or `: `
    .*?\ \ (?:\#|//)\ %=\ (?P<text>\S.*)""",
    re.VERBOSE,
)
ATTEMPT = re.compile(r"(?:#|//)(?:\s+%|%(?==|if|el|end))\s*(?P<word>=|\w*)")
"""Anything that looks like a directive, even a wrong one."""

IMPORT = re.compile(r"(?:from \S+ )?import (?:[\w.]+ as )?(?P<name>\w+)\b.*")
"""An import on a line of its own, at the beginning of the line."""
WORD = re.compile(r"\w+")

DERIVED = re.compile(r"\bcookiecutter\.__(\w+)")
JINJA = re.compile(r"\{[{%#]")
OMITTED_LINE = "{##}"
"""An empty comment of Jinja; `trim_blocks` removes the line break behind it."""


def translate_file(source: str, name: str | None, filename: str, values: Mapping[str, str]) -> str:
    """Translate a file to Jinja; raise TemplateSyntaxError with its line and a hint."""
    is_jinja = filename.endswith(JINJA_FILES)
    if not is_jinja and not ATTEMPT.search(source):
        return escape_jinja(source)
    open_blocks: dict[int, bool] = {}
    originals = source.split("\n")
    lines = []
    for number, line in enumerate(originals, 1):
        try:
            if is_jinja:
                lines.append(insert_values(line, values))
            else:
                text = translate_line(line, number, open_blocks, values)
                lines.append(text if all(open_blocks.values()) else OMITTED_LINE)
        except ValueError as error:
            raise TemplateSyntaxError(str(error), number, name, filename) from None
    if open_blocks:
        number, _ = open_blocks.popitem()
        raise TemplateSyntaxError("no `# %endif` for this block", number, name, filename)
    if filename.endswith(".py"):
        for index in find_unused_imports(originals, lines):
            lines[index] = OMITTED_LINE
    return "\n".join(lines)


def find_unused_imports(originals: Sequence[str], kept: Sequence[str]) -> set[int]:
    """Return the indices of imports that the original lines use, and those that are kept do not.

    ``kept`` has one line for each original one.
    """
    imports = {
        index: found["name"]
        for index, line in enumerate(originals)
        if (found := IMPORT.fullmatch(line))
    }
    used_before, used = (
        {word for i, line in enumerate(lines) if i not in imports for word in WORD.findall(line)}
        for lines in (originals, kept)
    )
    return {index for index, name in imports.items() if name in used_before - used}


def translate_line(
    line: str, number: int, open_blocks: dict[int, bool], values: Mapping[str, str]
) -> str:
    """Translate one line to Jinja.

    ``open_blocks`` maps the number of a block's first line to whether its flag is on.
    """
    if "%" not in line or not (attempt := ATTEMPT.search(line)):
        return escape_jinja(line)
    if found := BLOCK.fullmatch(line):
        open_blocks[number] = bool(find_value(found["flag"], values))
        return OMITTED_LINE
    if END.fullmatch(line):
        if not open_blocks:
            raise ValueError("no `# %if` for this `# %endif`")
        open_blocks.popitem()
        return OMITTED_LINE
    if found := GUARD.fullmatch(line):
        code = translate_line(found["code"], number, open_blocks, values)
        return code if find_value(found["flag"], values) else OMITTED_LINE
    if found := VALUE.fullmatch(line):
        return escape_jinja(found["key"]) + insert_values(found["text"], values)
    hint = suggest(attempt["word"], ("if", "endif"))
    raise ValueError(f"not a directive: `{line.strip()}`{hint}; {FORMS}")


def insert_values(text: str, values: Mapping[str, str]) -> str:
    """Replace the names of derived values in Jinja by the values."""
    return DERIVED.sub(lambda found: repr(find_value(found[1], values)), text)


def find_value(name: str, values: Mapping[str, str]) -> str:
    """Return a derived value; that of a flag is empty if the flag is off."""
    if name not in values:
        known = ", ".join(f"`{flag}`" for flag in values)
        raise ValueError(f"unknown flag `{name}`{suggest(name, values)}; the flags are {known}")
    return values[name]


def escape_jinja(text: str) -> str:
    """Escape the braces that Jinja would read, such as `${{` in a workflow."""
    return JINJA.sub(lambda found: f"{{{{ '{found[0]}' }}}}", text)


def suggest(word: str, known: Iterable[str]) -> str:
    """Return a question with the known word that this one resembles, or an empty string."""
    close = [other for other in difflib.get_close_matches(word, known, 1, 0.5) if other != word]
    return f", did you mean `{close[0]}`?" if close else ""
