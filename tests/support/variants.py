"""The questions of cookiecutter.json, the variants that their answers give, and derived flags."""

import functools
import itertools
import json
from collections.abc import Mapping
from typing import NamedTuple

import jinja2

import template_answers
import template_features
import template_origin
from support.pairwise import pairwise_rows
from support.paths import ROOT
from support.paths import TEMPLATE

QUESTIONS = json.loads((ROOT / "cookiecutter.json").read_text(encoding="utf-8"))

CHOICES = template_answers.read_choices(QUESTIONS)

MODULES = ("ai_llm", "ai_statistical", "ai_custom_models")
"""The questions about AI modules."""

SHARED_FLAGS = {
    "rate_limits": {"jwt", "llm"},
    "numpy": {"statistical", "custom_models"},
    "unit_of_work": {"jwt", "llm", "statistical"},
    "available_cpus": {"jwt", "local_models"},
    "jwt_or_ai": {"jwt", "llm", "statistical", "custom_models"},
    "llm_or_custom_models": {"llm", "custom_models"},
    "uploads": {"statistical", "custom_models"},
}
"""Flag -> the flags of which one is enough to switch it on."""

COMBINED_FLAGS = {
    "llm_accounts": {"llm", "jwt"},
    "llm_anonymous": {"llm", "anonymous"},
    "statistical_accounts": {"statistical", "jwt"},
}
"""Flag -> the flags that must all be on."""


class Variant(NamedTuple):
    """The answers that decide which files a project has."""

    database: str
    auth: str
    ai_llm: str = "no"
    ai_statistical: str = "no"
    ai_custom_models: str = "no"
    docker: str = "yes"
    ci: str = "github"

    def __str__(self) -> str:
        files = [f"docker_{self.docker}", f"ci_{self.ci}"]
        usual = files == ["docker_yes", "ci_github"]
        named = [self._name(module) for module in self.modules]
        return "-".join([self.database, self.auth, *named, *([] if usual else files)])

    def _name(self, module: str) -> str:
        """Return a module, with its answer if that is more than a yes."""
        answer = getattr(self, module)
        return module if answer == "yes" else f"{module}_{answer}"

    @property
    def modules(self) -> list[str]:
        """Return the AI modules that are on."""
        return [name for name in MODULES if getattr(self, name) != "no"]

    @property
    def features(self) -> set[str]:
        """Return the flags of `.features.json` that are on."""
        on = {self.database, "jwt" if self.auth == "jwt" else "anonymous"}
        on |= {name.removeprefix("ai_") for name in self.modules}
        if self.modules:
            on.add("ai")
        if self.ai_custom_models == "yes":
            on.add("local_models")
        if self.database != "sqlite":
            on.add("database_server")
        if self.docker == "yes":
            on |= {"docker"} if self.database == "sqlite" else {"docker", "compose_scale"}
        if self.ci == "github":
            on.add("github")
        on |= {flag for flag, owners in SHARED_FLAGS.items() if not owners.isdisjoint(on)}
        return on | {flag for flag, owners in COMBINED_FLAGS.items() if owners <= on}


CORE = ("database", "auth", *MODULES)

_MAIN_ANSWERS = {name: QUESTIONS[name][:2] if name in MODULES else QUESTIONS[name] for name in CORE}
_OTHERS = {name: answers for name, answers in _MAIN_ANSWERS.items() if name != "ai_custom_models"}

VARIANTS = [
    *(Variant(*answers) for answers in itertools.product(*_MAIN_ANSWERS.values())),
    *(Variant(**row, ai_custom_models="remote") for row in pairwise_rows(_OTHERS)),
]
"""Every combination of the main answers; with models on servers, every pair of the others.

What such models share with those in the process is in both, and the rest meets no other feature.
"""


def complete_answers(answers: Mapping[str, str]) -> dict[str, str]:
    """Add the default answer of every other question that offers choices."""
    return {question: offered[0] for question, offered in CHOICES.items()} | dict(answers)


def derive_flags(answers: Mapping[str, str]) -> frozenset[str]:
    """Return the flags that cookiecutter.json switches on for these answers."""
    environment = jinja2.Environment(extensions=[template_origin.TemplateOrigin])  # noqa: S701
    rules = template_features.read_rules(QUESTIONS)
    return frozenset(
        name
        for name, rule in rules.items()
        if environment.from_string(rule).render(cookiecutter=answers)
    )


@functools.cache
def map_owned_paths() -> dict[str, str]:
    """Map each path of `.features.json` to the flag that owns it."""
    manifest = json.loads((TEMPLATE / ".features.json").read_text(encoding="utf-8"))
    return {path: name for name, feature in manifest.items() for path in feature["paths"]}
