"""The template language: comments that keep the template folder a project that runs as it lies.

    code  # %if flag             the line stays if the flag is on
    # %if flag … # %endif        the lines between stay if the flag is on
    key = value  # %= text       the value becomes the text, in which Jinja is rendered

Everything else in a file is written as it stands, braces included. Only Markdown and JSON have no
such comments; they hold plain Jinja. A flag is a `__name` of cookiecutter.json. Which answers are
allowed is not known here: see hooks/pre_gen_project.py.
"""

from __future__ import annotations  # an older Python must get as far as the hook that refuses it

import difflib
import json
import re
import sys
from collections.abc import Iterable
from pathlib import Path

from jinja2 import Environment
from jinja2 import TemplateSyntaxError
from jinja2.ext import Extension

JINJA_FILES = (".md", ".json")
FORMS = (
    "write `code  # %if flag`, `# %if flag`, `# %endif` or `key = value  # %= text`, "
    "with two blanks before the # and one behind it"
)

GUARD = re.compile(r"(?P<code>.*\S)  # %if (?P<flag>\w+)")
BLOCK = re.compile(r"\s*# %if (?P<flag>\w+)")
END = re.compile(r"\s*# %endif")
VALUE = re.compile(
    r"""(?P<key>\s*(?:-\ )?["']?[\w.-]+["']?    # a name, perhaps quoted or in a YAML list
    (?::\ [\w., |\[\]]+?\ =\ |\ =\ |=|:\ ))     # `: type = `, ` = `, `=` or `: `
    .*?\ \ \#\ %=\ (?P<text>\S.*)""",
    re.VERBOSE,
)
ATTEMPT = re.compile(r"#(?:\s+%|%(?==|if|el|end))\s*(?P<word>=|\w*)")
DERIVED = re.compile(r"\bcookiecutter\.__(\w+)")
RULE = re.compile(r"\{\{(?P<expression>.+)\}\}")
JINJA = re.compile(r"\{[{%#]")
UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff]")
MARKUP = re.compile(r"^[-+=]|(?<=[wW]{3})\.|:(?=//)|&(?=[#\w])|[\\`*_\[\]<>|#~$]")
NUMBERED = re.compile(r"^(\d+)([.)])")
FOLDER = re.compile(r"(?!\.+$)[^/\\:\0]{1,60}")


class TemplateLanguage(Extension):
    """One line in, one line out, so that the line numbers of Jinja's errors are the file's."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        path = Path(__file__).with_name("cookiecutter.json")
        questions = json.loads(path.read_text(encoding="utf-8"))
        self.rules = derived_values(questions)
        # Not from the answers, which may be those of another version.
        environment.globals.update(choices=choices(questions), version=questions["_version"])
        environment.filters.update(quoted=quoted, markdown=markdown, one_folder=one_folder)
        # `cruft update` generates twice in one process, of two versions of the template: each is
        # read by its own version of this file.
        sys.modules.pop(__name__, None)

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """Turn the directives of a file into Jinja; paths and answers are no files."""
        if filename is not None:
            return translated(source, name, filename, self.rules)
        return source.replace("{{cookiecutter.project_slug}}", "{{ cookiecutter | one_folder }}")


def translated(source: str, name: str | None, filename: str, rules: dict[str, str]) -> str:
    """The whole file in Jinja; an error says where it is and what was meant."""
    open_blocks: list[int] = []
    used: dict[str, str] = {}
    lines = []
    for number, line in enumerate(source.split("\n"), 1):
        try:
            text = line if filename.endswith(JINJA_FILES) else jinja(line, number, open_blocks)
            if "cookiecutter.__" in text:
                used |= {found: rule(found, rules) for found in DERIVED.findall(text)}
                text = DERIVED.sub(r"__\1", text)
            lines.append(text)
        except ValueError as error:
            raise TemplateSyntaxError(str(error), number, name, filename) from None
    if open_blocks:
        raise TemplateSyntaxError("no `# %endif` for this block", open_blocks[-1], name, filename)
    names = "".join(f"{{% set __{derived} = {value} %}}" for derived, value in used.items())
    return names + "\n".join(lines)


def jinja(line: str, number: int, open_blocks: list[int]) -> str:
    """One line in Jinja."""
    if "%" not in line or not (attempt := ATTEMPT.search(line)):
        return literal(line)
    if found := BLOCK.fullmatch(line):
        open_blocks.append(number)
        return f"{{% if cookiecutter.__{found['flag']} %}}"
    if END.fullmatch(line):
        if not open_blocks:
            raise ValueError("no `# %if` for this `# %endif`")
        open_blocks.pop()
        return "{% endif %}"
    if found := GUARD.fullmatch(line):
        code = jinja(found["code"], number, open_blocks)
        return f"{{% if cookiecutter.__{found['flag']} %}}{code}{{{{ '\\n' }}}}{{% endif %}}"
    if found := VALUE.fullmatch(line):
        return literal(found["key"]) + found["text"]
    hint = meant(attempt["word"], ("if", "endif"))
    raise ValueError(f"not a directive: `{line.strip()}`{hint}; {FORMS}")


def literal(text: str) -> str:
    """Text in which braces mean nothing to Jinja, such as `${{` in a workflow."""
    return JINJA.sub(lambda found: f"{{{{ '{found[0]}' }}}}", text)


def choices(questions: dict[str, object]) -> dict[str, list[str]]:
    """Question -> what it offers, of those that offer a choice."""
    return {
        key: value
        for key, value in questions.items()
        if isinstance(value, list) and not key.startswith("_")
    }


def derived_values(questions: dict[str, object]) -> dict[str, str]:
    """Name -> rule of everything that cookiecutter.json derives from the answers."""
    return {
        key.removeprefix("__"): value
        for key, value in questions.items()
        if key.startswith("__") and isinstance(value, str)
    }


def rule(name: str, rules: dict[str, str]) -> str:
    """The expression behind the name of a derived value.

    Cookiecutter's own result is not used: it is wrong when an answers file is replayed, since
    Cookiecutter then derives without the answers.
    """
    if name not in rules:
        known = ", ".join(f"`{flag}`" for flag in rules)
        raise ValueError(f"unknown flag `{name}`{meant(name, rules)}; there are {known}")
    if not (found := RULE.fullmatch(rules[name])):
        raise ValueError(f"`__{name}` in cookiecutter.json is not one {{{{ expression }}}}")
    return found["expression"].strip()


def meant(word: str, known: Iterable[str]) -> str:
    """The known word that this one resembles, as a question."""
    close = [other for other in difflib.get_close_matches(word, known, 1, 0.5) if other != word]
    return f", did you mean `{close[0]}`?" if close else ""


def quoted(text: str) -> str:
    """Free text as a string of TOML, YAML or JSON."""
    string = json.dumps(text, ensure_ascii=False)
    return UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", string)


def markdown(text: str) -> str:
    """Free text within a line of Markdown, shown as it is."""
    return NUMBERED.sub(r"\1\\\2", MARKUP.sub(r"\\\g<0>", text))


def one_folder(answers: dict[str, str]) -> str:
    """The slug, unless it is not the name of one folder.

    The hook would be too late: of `a/b`, Cookiecutter makes two folders and removes one.
    """
    slug = str(answers["project_slug"])
    if FOLDER.fullmatch(slug):
        return slug
    sys.exit(f"project_slug: {slug[:60]!r} is not the name of one folder; my_backend would do.")
