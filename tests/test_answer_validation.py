"""Refused answers: their messages, how to answer again, and that no file is left behind."""

import ast
import json
import re
import runpy
import sys
import tomllib
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import pytest
from cookiecutter.utils import create_env_with_context
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import template_answers
from support.generation import TEMPLATE_FOLDER
from support.generation import build_answers
from support.generation import create_small_template
from support.generation import run_cookiecutter
from support.paths import ROOT

Refusal = Callable[..., str]

QUESTIONS = json.loads((ROOT / "cookiecutter.json").read_text(encoding="utf-8"))


@pytest.fixture
def refusal() -> Refusal:
    """What is said to these answers; nothing if they are accepted."""

    def said(**changed: str) -> str:
        return "\n".join(
            template_answers.validate_answers(build_answers(**changed), QUESTIONS).values()
        )

    return said


def check(sentence: str, key: str) -> str:
    """Check the form of a refusal and return the example in it."""
    assert sentence.isprintable()
    assert sentence.startswith(f"{key}: ")
    found = re.search(r"; for example: (.+)$", sentence)
    assert found
    return found[1]


def test_the_defaults_are_accepted(refusal: Refusal) -> None:
    assert refusal() == ""


@pytest.mark.parametrize(
    ("slug", "reason"),
    [
        ("", "letters"),
        ("my shop", "letters"),
        ("my.shop", "letters"),
        ("my-shop", "letters"),
        (".", "letters"),
        ("../shop", "letters"),
        ("a/b", "letters"),
        ("a\\b", "letters"),
        ("c:", "letters"),
        ("shop\n", "letters"),
        ("shop\x00", "letters"),
        ("shöp", "letters"),
        ("\u212aelvin", "letters"),
        ("\ud800", "letters"),
        ("{{ 7*7 }}", "letters"),
        ("3d", "letters"),
        ("_shop", "letters"),
        ("shop_", "letters"),
        ("a" * 51, "50 characters"),
        ("a" * 5000, "50 characters"),
        ("con", "Windows"),
        ("NUL", "Windows"),
        ("aux", "Windows"),
        ("prn", "Windows"),
        ("com1", "Windows"),
        ("LPT9", "Windows"),
        ("class", "keyword of Python"),
        ("None", "keyword of Python"),
        ("match", "keyword of Python"),
        ("app", "every generated project"),
        ("Tests", "every generated project"),
        ("json", "standard library"),
        ("email", "standard library"),
        ("fastapi", "project needs"),
        ("FastAPI", "project needs"),
        ("pydantic_settings", "project needs"),
        ("typing__extensions", "project needs"),
        ("starlette", "project needs"),
        ("pytest", "project needs"),
        ("uv", "project needs"),
    ],
)
def test_a_slug_is_refused(refusal: Refusal, slug: str, reason: str) -> None:
    sentence = refusal(project_slug=slug)
    assert reason in sentence
    assert refusal(project_slug=check(sentence, "project_slug")) == ""


@pytest.mark.parametrize("slug", ["a", "shop", "my_shop", "MyShop", "shop2", "s" * 50, "console"])
def test_a_slug_is_accepted(refusal: Refusal, slug: str) -> None:
    assert refusal(project_slug=slug) == ""


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("My Shop", "my_shop"),
        ("Café Über—Söhne", "cafe_uber_sohne"),
        ("3D Shop", "project_3d_shop"),
        ("🚀", "project"),
        ('Joe\'s "best" </script>', "joe_s_best_script"),
        ("Москва", "moskva"),
        ("x " * 30, "x_" * 19 + "x"),
    ],
)
def test_the_slug_is_derived_from_the_name(refusal: Refusal, name: str, slug: str) -> None:
    rule = create_env_with_context({"cookiecutter": QUESTIONS}).from_string(
        QUESTIONS["project_slug"]
    )
    made = rule.render(cookiecutter={"project_name": name})
    assert made == slug
    assert refusal(project_slug=made) == ""


@pytest.mark.parametrize("key", ["project_name", "description", "author_name", "author_email"])
@pytest.mark.parametrize(
    "control",
    ["\n", "\r", "\t", "\x00", "\x1b", "\x7f", "\x85", "\x9f", "\u2028", "\u2029", "\ud800"],
)
def test_control_characters_are_refused(refusal: Refusal, key: str, control: str) -> None:
    sentence = refusal(**{key: f"before{control}after"})
    assert "control character" in sentence
    assert refusal(**{key: check(sentence, key)}) == ""


@pytest.mark.parametrize(
    ("key", "text", "reason"),
    [
        ("project_name", "", "empty"),
        ("project_name", "   ", "empty"),
        ("author_name", "", "empty"),
        ("author_email", "", "empty"),
        ("project_name", " Shop", "begins or ends"),
        ("description", "Sells. ", "begins or ends"),
        ("author_name", "Ada\u3000", "begins or ends"),
        ("project_name", "a" * 101, "longer than 100"),
        ("description", "a" * 301, "longer than 300"),
        ("author_name", "a" * 101, "longer than 100"),
        ("author_email", "a" * 250 + "@b.de", "longer than 254"),
    ],
)
def test_a_text_is_refused(refusal: Refusal, key: str, text: str, reason: str) -> None:
    sentence = refusal(**{key: text})
    assert reason in sentence
    check(sentence, key)


def test_an_empty_description_is_accepted(refusal: Refusal) -> None:
    assert refusal(description="") == ""


@pytest.mark.parametrize(
    "email",
    [
        *("ada", "ada@", "@example.com", "ada@localhost", "ada@example.", "ada@@example.com"),
        *("ada lovelace@example.com", "a..b@example.com", "ada@exa mple.com", "ada@-", "ada@a..b"),
        *("Ada <ada@example.com>", "ädä@example.com", 'a"b@example.com', "ada@example.com,"),
    ],
)
def test_an_email_is_refused(refusal: Refusal, email: str) -> None:
    sentence = refusal(author_email=email)
    assert "not an e-mail address" in sentence
    assert refusal(author_email=check(sentence, "author_email")) == ""


@pytest.mark.parametrize("email", ["a@b.c", "ada+x@mail.example.co.uk", "o'neil@example.com"])
def test_an_email_is_accepted(refusal: Refusal, email: str) -> None:
    assert refusal(author_email=email) == ""


@pytest.mark.parametrize("key", template_answers.read_choices(QUESTIONS))
@pytest.mark.parametrize("choice", ["oracle", "JWT", ""])
def test_a_choice_that_is_not_offered_is_refused(refusal: Refusal, key: str, choice: str) -> None:
    assert check(refusal(**{key: choice}), key) in QUESTIONS[key]


@pytest.mark.parametrize(
    ("choice", "similar"),
    [
        ("postgres", "postgresql"),
        ("postgresq", "postgresql"),
        ("MySQL", "mysql"),
        ("db2", "sqlite"),
    ],
)
def test_the_error_for_a_choice_suggests_a_similar_one(
    refusal: Refusal, choice: str, similar: str
) -> None:
    assert refusal(database=choice) == (
        f"database: {choice!r} is not one of sqlite, postgresql, mysql; for example: {similar}"
    )


def test_an_old_python_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 12, "final", 0))
    with pytest.raises(SystemExit) as stop:
        runpy.run_path(str(ROOT / "local_extensions.py"))
    assert stop.value.code == "Python 3.10 is too old; use Python 3.11 or newer."


def test_an_old_python_can_read_the_lines_that_refuse_it() -> None:
    text = (ROOT / "local_extensions.py").read_text(encoding="utf-8")
    ast.parse(text, feature_version=(3, 8))


def test_every_package_of_a_project_is_a_reserved_name() -> None:
    project = tomllib.loads((ROOT / TEMPLATE_FOLDER / "pyproject.toml").read_text(encoding="utf-8"))
    extras = project["project"].get("optional-dependencies", {}).values()
    groups = project["dependency-groups"].values()
    named = [project["project"]["dependencies"], project["build-system"]["requires"]]
    needed = closure([name for names in (*named, *extras, *groups) for name in names])
    assert needed <= {*QUESTIONS["_distributions"].split()}


def closure(requirements: list[str]) -> set[str]:
    """All that these requirements bring along on any system, as far as it is installed here."""
    todo = [*map(Requirement, requirements)]
    found: dict[str, set[str]] = {}
    while todo:
        asked = todo.pop()
        name = canonicalize_name(asked.name)
        if name in found and asked.extras <= found[name]:
            continue
        found[name] = found.get(name, set()) | asked.extras
        try:
            brought = metadata.requires(name) or []
        except metadata.PackageNotFoundError:
            continue
        todo += [need for need in map(Requirement, brought) if wanted(need, asked.extras)]
    return set(found)


def wanted(need: Requirement, extras: set[str]) -> bool:
    """Whether it is needed on some system; only extras that nobody asked for are not."""
    if need.marker is None or "extra ==" not in str(need.marker):
        return True
    return any(need.marker.evaluate({"extra": extra}) for extra in extras)


@pytest.mark.parametrize(
    "slug",
    [
        *("con", "a b", "a/b", "../x", "a/../b", "/nowhere/at/all", "..", ".", "", "app/x"),
        *("a\\b", "x" * 300, "fastapi"),
    ],
)
def test_a_refusal_prints_one_line_and_writes_no_file(tmp_path: Path, slug: str) -> None:
    template = create_small_template(tmp_path / "template", {"a.txt": "a"}, hooks=True)
    folder = tmp_path / "here" / "projects"
    (folder / "app").mkdir(parents=True)
    (folder / "app" / "mine.txt").write_text("mine", encoding="utf-8")
    before = sorted(tmp_path.rglob("*"))
    done = run_cookiecutter(template, folder, "--no-input", f"project_slug={slug}")
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    check(done.stderr.strip(), "project_slug")
    assert sorted(tmp_path.rglob("*")) == before
    assert not Path("/nowhere").exists()


def test_a_refusal_keeps_an_existing_folder(tmp_path: Path) -> None:
    template = create_small_template(tmp_path / "template", {"a.txt": "a"}, hooks=True)
    mine = tmp_path / "fastapi" / "mine.txt"
    mine.parent.mkdir()
    mine.write_text("mine", encoding="utf-8")
    done = run_cookiecutter(template, tmp_path, "--no-input", "-f", "project_slug=fastapi")
    assert done.returncode == 1
    assert [*mine.parent.iterdir()] == [mine]


def test_all_wrong_answers_are_reported_at_once(tmp_path: Path) -> None:
    template = create_small_template(tmp_path / "template", {"a.txt": "a"}, hooks=True)
    wrong = ("author_email=ada", "project_slug=3d", "project_name=")
    done = run_cookiecutter(template, tmp_path, "--no-input", *wrong)
    assert done.returncode == 1
    lines = done.stderr.splitlines()
    assert [line.partition(":")[0] for line in lines] == [
        "project_name",
        "author_email",
        "project_slug",
    ]
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("given_answers", "without"), [([], ""), (["auth=none", "ci=none"], ", without auth ci")]
)
def test_replay_asks_only_for_the_wrong_answers(
    tmp_path: Path, given_answers: list[str], without: str
) -> None:
    template = create_small_template(tmp_path / "template", {"a.txt": "a"})
    typed = ["Shop", "my-shop", "", "Ada", "ada", *[""] * 8]
    given = "\n".join([*typed, ""])
    done = run_cookiecutter(template, tmp_path, *given_answers, "-o", "out", given=given)
    assert done.returncode == 1
    assert not (tmp_path / "out").exists()
    *refused, hint = done.stderr.splitlines()
    assert [line.partition(":")[0] for line in refused] == ["author_email", "project_slug"]
    assert hint == (
        f"To answer only what was wrong, run the same command again with --replay{without}."
    )
    corrected = "my_shop\nada@example.com\n"
    again = run_cookiecutter(template, tmp_path, "-o", "out", "--replay", given=corrected)
    assert again.returncode == 0, again.stdout + again.stderr
    assert "[2/2]" in again.stdout
    assert "[3/" not in again.stdout
    assert (tmp_path / "out" / "my_shop" / "a.txt").exists()


@pytest.mark.parametrize(
    ("question", "hint"), [("databse", "; did you mean database?"), ("zzz", ".")]
)
def test_an_answer_to_an_unknown_question_is_refused(
    tmp_path: Path, question: str, hint: str
) -> None:
    template = create_small_template(tmp_path / "template", {"a.txt": "a"})
    done = run_cookiecutter(template, tmp_path, "--no-input", f"{question}=mysql")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"{question}: there is no such question{hint}\n"


def test_the_page_shows_what_cookiecutter_says_about_a_choice_that_does_not_exist(
    tmp_path: Path,
) -> None:
    template = create_small_template(tmp_path / "template", {"a.txt": "a"})
    done = run_cookiecutter(template, tmp_path, "--no-input", "database=postgres")
    page = (ROOT / "docs" / "getting-started.md").read_text(encoding="utf-8")
    assert done.stderr.splitlines()[-1] in page.splitlines()
