"""The template language: comments that keep the template folder a project that runs as it lies.

    code  # %if flag             the line stays if the flag is on
    # %if flag … # %endif        the lines between stay if the flag is on
    key = value  # %= text       the value becomes the text, in which Jinja is rendered

Everything else in a file is written as it stands, braces included. Only Markdown and JSON have no
such comments; they hold plain Jinja. A flag is a `__name` of cookiecutter.json. A file that belongs
to a flag by .features.json is made only if it is on. Which answers are allowed is not known here:
see hooks/pre_gen_project.py.
"""

from __future__ import annotations  # an older Python must get as far as the hook that refuses it

import contextlib
import difflib
import json
import re
import sys
from collections.abc import Iterable
from collections.abc import Mapping
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
JINJA = re.compile(r"\{[{%#]")
UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff]")
MARKUP = re.compile(r"^[-+=]|(?<=[wW]{3})\.|:(?=//)|&(?=[#\w])|[\\`*_\[\]<>|#~$]")
NUMBERED = re.compile(r"^(\d+)([.)])")
SLUG = "{{cookiecutter.project_slug}}"
LEFT_OUT = "{##}"  # nothing, and `trim_blocks` takes the line break behind it
MANIFEST = ".features.json"
FOLDER = re.compile(r"(?!\.+$)[^/\\:\0]{1,60}")


class TemplateLanguage(Extension):
    """One line in, one line out, so that the line numbers of Jinja's errors are the file's."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        path = Path(__file__).with_name("cookiecutter.json")
        questions = json.loads(path.read_text(encoding="utf-8"))
        self.rules = derived_values(questions)
        self.defaults = defaults(questions)
        self.folder = path.with_name(SLUG)
        self.owners = owners(self.folder / MANIFEST)
        self.answers: dict[str, str] = {}
        self.values: dict[str, str] = {}
        # Not from the answers, which may be those of another version.
        environment.globals.update(choices=choices(questions), version=questions["_version"])
        environment.filters.update(quoted=quoted, markdown=markdown)
        environment.filters.update(one_folder=self.one_folder, left_out=self.left_out)
        # `cruft update` generates twice in one process, of two versions of the template: each is
        # read by its own version of this file.
        sys.modules.pop(__name__, None)

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """Turn the directives of a file into Jinja; paths and answers are no files."""
        if self.answers:
            self._derive()
        if filename is not None:
            return translated(source, name, filename, self.values)
        if self.values and self._is_left_out(source):
            return ""  # Cookiecutter makes no file without a name
        if self._is_answer(source):
            return f"{{{{ {json.dumps(source, ensure_ascii=False)} }}}}"
        return source.replace(SLUG, "{{ cookiecutter | one_folder }}")

    def _is_answer(self, source: str) -> bool:
        """Whether somebody gave this text, by the command line or by cruft, as data.

        Cookiecutter renders it as it does defaults, paths and hooks; only hooks have line breaks.
        """
        return not (source in self.defaults or source.startswith(SLUG) or "\n" in source)

    def one_folder(self, answers: dict[str, str]) -> str:
        """The name of the project's folder. It is rendered first, so that the answers are known."""
        self.answers = answers
        return one_folder(answers)

    def left_out(self, answers: dict[str, str]) -> list[str]:
        """The files of features that are off; the hook asks, from outside the template folder."""
        self.answers = answers
        with contextlib.chdir(self.folder):
            self._derive()
        files = (path for path in self.folder.rglob("*") if path.is_file())
        paths = (path.relative_to(self.folder).as_posix() for path in files)
        return sorted(filter(self._is_left_out, paths))

    def _is_left_out(self, path: str) -> bool:
        """Whether a path of the template folder belongs to a feature that is off."""
        flag = owner(path, self.owners)
        return path == MANIFEST or (flag is not None and not self.values[flag])

    def _derive(self) -> None:
        """Derive every flag from the answers, once, when the first file or path is read.

        What Cookiecutter itself has derived is not used: it is wrong when an answers file is
        replayed, since Cookiecutter then derives without the answers.
        """
        answers, self.answers = self.answers, {}
        rules = {name: self.environment.from_string(rule) for name, rule in self.rules.items()}
        self.values = {name: rule.render(cookiecutter=answers) for name, rule in rules.items()}


def translated(source: str, name: str | None, filename: str, values: Mapping[str, str]) -> str:
    """The whole file in Jinja; an error says where it is and what was meant."""
    is_jinja = filename.endswith(JINJA_FILES)
    if not is_jinja and not ATTEMPT.search(source):
        return literal(source)
    open_blocks: dict[int, bool] = {}
    lines = []
    for number, line in enumerate(source.split("\n"), 1):
        try:
            if is_jinja:
                lines.append(inserted(line, values))
            else:
                text = jinja(line, number, open_blocks, values)
                lines.append(text if all(open_blocks.values()) else LEFT_OUT)
        except ValueError as error:
            raise TemplateSyntaxError(str(error), number, name, filename) from None
    if open_blocks:
        number, _ = open_blocks.popitem()
        raise TemplateSyntaxError("no `# %endif` for this block", number, name, filename)
    return "\n".join(lines)


def jinja(line: str, number: int, open_blocks: dict[int, bool], values: Mapping[str, str]) -> str:
    """One line in Jinja; blocks are known by the number of their first line."""
    if "%" not in line or not (attempt := ATTEMPT.search(line)):
        return literal(line)
    if found := BLOCK.fullmatch(line):
        open_blocks[number] = bool(value(found["flag"], values))
        return LEFT_OUT
    if END.fullmatch(line):
        if not open_blocks:
            raise ValueError("no `# %if` for this `# %endif`")
        open_blocks.popitem()
        return LEFT_OUT
    if found := GUARD.fullmatch(line):
        code = jinja(found["code"], number, open_blocks, values)
        return code if value(found["flag"], values) else LEFT_OUT
    if found := VALUE.fullmatch(line):
        return literal(found["key"]) + inserted(found["text"], values)
    hint = meant(attempt["word"], ("if", "endif"))
    raise ValueError(f"not a directive: `{line.strip()}`{hint}; {FORMS}")


def inserted(text: str, values: Mapping[str, str]) -> str:
    """Jinja in which derived values stand instead of their names."""
    return DERIVED.sub(lambda found: repr(value(found[1], values)), text)


def value(name: str, values: Mapping[str, str]) -> str:
    """A derived value; a flag that is on is one that is not empty."""
    if name not in values:
        known = ", ".join(f"`{flag}`" for flag in values)
        raise ValueError(f"unknown flag `{name}`{meant(name, values)}; there are {known}")
    return values[name]


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


def defaults(questions: dict[str, object]) -> set[str]:
    """Every text that a question of ours has as its default, or offers."""
    lists = [value if isinstance(value, list) else [value] for value in questions.values()]
    return {text for texts in lists for text in texts if isinstance(text, str)}


def owners(manifest: Path) -> dict[str, str]:
    """Path of a file or a folder -> the flag that it belongs to."""
    if not manifest.is_file():
        return {}
    features = json.loads(manifest.read_text(encoding="utf-8"))
    return {path: flag for flag, feature in features.items() for path in feature["paths"]}


def owner(path: str, owned: dict[str, str]) -> str | None:
    """The flag that a path of the template folder belongs to, by itself or by a folder."""
    parts = path.replace("\\", "/").split("/")
    prefixes = ("/".join(parts[:count]) for count in range(1, len(parts) + 1))
    return next((owned[prefix] for prefix in prefixes if prefix in owned), None)


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
