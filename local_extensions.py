"""The Jinja extension by which Cookiecutter generates projects from this template.

Cookiecutter imports it by this name. Its parts:

    template_language.py     translates the comments of template files to Jinja
    template_features.py     derives flags, and finds the files that belong to them
    template_filters.py      quotes free text
    template_answers.py      validates the answers
"""

from __future__ import annotations  # an older Python must get as far as the lines that refuse it

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - this line runs in every Python that Cookiecutter has
    sys.exit("Python {}.{} is too old; use Python 3.11 or newer.".format(*sys.version_info))

import contextlib
import json
from pathlib import Path

from jinja2 import Environment
from jinja2.ext import Extension

import template_answers
import template_features
import template_filters
import template_language

TEMPLATE_FOLDER = "{{cookiecutter.project_slug}}"
MODULES = (template_answers, template_features, template_filters, template_language)


class TemplateLanguage(Extension):
    """Translates every template file before Jinja parses it, and leaves out files of other answers.

    It adds the global `version` and these filters: `quoted` and `markdown` for free text,
    `start_generation` and `omitted_files` for the answers.
    """

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        path = Path(__file__).with_name("cookiecutter.json")
        self.questions = json.loads(path.read_text(encoding="utf-8"))
        self.rules = template_features.read_rules(self.questions)
        self.defaults = template_features.collect_defaults(self.questions)
        self.folder = path.with_name(TEMPLATE_FOLDER)
        self.flags_by_path = template_features.read_manifest(
            self.folder / template_features.MANIFEST
        )
        self.answers: dict[str, str] = {}
        self.values: dict[str, str] = {}
        # Not from the answers, which another version of the template may have written.
        environment.globals.update(version=self.questions["_version"])
        environment.filters.update(
            quoted=template_filters.quote, markdown=template_filters.escape_markdown
        )
        environment.filters.update(
            start_generation=self.start_generation, omitted_files=self.list_omitted_files
        )
        # `cruft update` generates from two versions of the template in one process. Each version
        # must import its own files, so they do not stay in the cache of modules.
        for name in (__name__, *(module.__name__ for module in MODULES)):
            sys.modules.pop(name, None)
        self._refuse_unknown_questions()

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """Translate a template file to Jinja; a source without file name is a path or an answer."""
        if self.answers:
            self._derive_values()
        if filename is not None:
            return template_language.translate_file(source, name, filename, self.values)
        if self.values and self._is_omitted(source):
            return ""  # Cookiecutter writes no file without a name
        if self._is_answer(source):
            return f"{{{{ {json.dumps(source, ensure_ascii=False)} }}}}"
        return source.replace(TEMPLATE_FOLDER, "{{ cookiecutter | start_generation }}")

    def _is_answer(self, source: str) -> bool:
        """Return whether a user gave this text, on the command line or through cruft.

        Cookiecutter renders answers like defaults, paths and hooks; only hooks have line breaks.
        """
        is_path = source.startswith(TEMPLATE_FOLDER)
        return not (source in self.defaults or is_path or "\n" in source)

    def _refuse_unknown_questions(self) -> None:
        """Exit before the first question; Cookiecutter would ignore unknown names."""
        given = template_answers.read_command_line().get("extra_context") or {}
        for key in given.keys() - self.questions.keys():
            sys.exit(template_answers.describe_unknown_question(key, self.questions))

    def start_generation(self, answers: dict[str, str]) -> str:
        """Validate the answers and return the folder of the project, which is rendered first.

        The questions are those of this version; the answers may be those of another version.
        """
        self.answers = answers
        if errors := template_answers.validate_answers(answers, self.questions):
            hint = template_answers.prepare_replay(errors, str(answers.get("_repo_dir")))
            sys.exit("\n".join(filter(None, [*errors.values(), hint])))
        print(f"Writing the files (template {self.questions['_version']}) ...", flush=True)
        return str(answers["project_slug"])

    def list_omitted_files(self, answers: dict[str, str]) -> list[str]:
        """Return the files of features that are off, for the hook."""
        self.answers = answers
        with contextlib.chdir(self.folder):  # where cruft and Cookiecutter render the files
            self._derive_values()
        files = (path for path in self.folder.rglob("*") if path.is_file())
        paths = (path.relative_to(self.folder).as_posix() for path in files)
        return sorted(filter(self._is_omitted, paths))

    def _is_omitted(self, path: str) -> bool:
        """Return whether a path of the template folder belongs to a flag that is off."""
        flag = template_features.find_flag(path, self.flags_by_path)
        return path == template_features.MANIFEST or (flag is not None and not self.values[flag])

    def _derive_values(self) -> None:
        """Derive every value from the answers, once, before the first file or path is read.

        The values that Cookiecutter derives itself are wrong when an answers file is replayed:
        it derives them without the answers.
        """
        answers, self.answers = self.answers, {}
        rules = {name: self.environment.from_string(rule) for name, rule in self.rules.items()}
        self.values = {name: rule.render(cookiecutter=answers) for name, rule in rules.items()}
