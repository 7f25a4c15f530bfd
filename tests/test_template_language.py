"""The template language: what each directive becomes, and the errors for wrong ones."""

import sys
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest
from cookiecutter.utils import create_env_with_context
from jinja2 import FileSystemLoader
from jinja2 import TemplateSyntaxError
from jinja2 import UndefinedError

from support import processes
from support.generation import build_answers
from support.generation import create_small_template
from support.generation import run_cookiecutter

Render = Callable[..., str]

MODULE = '''"""A module with everything that can be switched."""

import os
import sys
from pathlib import Path

NAMES = [
    "a",
    "b",  # %if jwt
]


class Settings:
    """Its body ends with a block."""

    first = 1
    second = 2  # %if jwt

    def paths(self) -> list[str]:
        """A block in a body."""
        found = [os.curdir]
        # %if jwt
        found.append(sys.prefix)
        found.append(str(Path.cwd()))
        # %endif
        return found


# %if jwt
def only_sometimes() -> None:
    """A block around a whole function."""
    print(NAMES, Path.home())


# %endif
def always() -> None:
    """What follows it."""
    print(NAMES, Path.home())
'''


@pytest.fixture
def render(tmp_path: Path) -> Render:
    """Render the text of a file as Cookiecutter does."""

    def rendered(text: str, *, file: str = "file.py", **changed: str) -> str:
        (tmp_path / file).write_text(text, encoding="utf-8")
        context = {"cookiecutter": build_answers(**changed)}
        environment = create_env_with_context(context)
        environment.from_string("{{cookiecutter.project_slug}}").render(**context)
        environment.loader = FileSystemLoader(tmp_path)
        return str(environment.get_template(file).render(**context))

    return rendered


def test_a_guarded_line_stays_without_its_comment(render: Render) -> None:
    text = "a = 1\nimport x  # noqa: F401  # %if jwt\nb = 2\n"
    assert render(text, auth="jwt") == "a = 1\nimport x  # noqa: F401\nb = 2\n"
    assert render(text, auth="none") == "a = 1\nb = 2\n"


def test_a_guarded_line_keeps_its_indentation(render: Render) -> None:
    text = "def f():\n    a = 1  # %if jwt\n    return 2\n"
    assert render(text, auth="jwt") == "def f():\n    a = 1\n    return 2\n"
    assert render(text, auth="none") == "def f():\n    return 2\n"


def test_a_block_is_removed_with_its_directives(render: Render) -> None:
    text = "def f():\n    # %if jwt\n    a = 1\n\n    b = 2\n    # %endif\n    return 3\n"
    assert render(text, auth="jwt") == "def f():\n    a = 1\n\n    b = 2\n    return 3\n"
    assert render(text, auth="none") == "def f():\n    return 3\n"


IMPORTS = """import os.path as paths
import sys
from a import b
from a import used_only_by_importers
from a import Used as Used
from a import c as d

print(sys, 'a word such as bc')
print(b, paths)  # %if jwt
d = 1  # %= {{ 2 }}
"""


def test_an_import_goes_with_the_last_line_that_uses_it(render: Render) -> None:
    everything = IMPORTS.replace("  # %if jwt", "").replace("d = 1  # %= {{ 2 }}", "d = 2")
    assert render(IMPORTS, auth="jwt") == everything
    gone = ("import os.path as paths\n", "from a import b\n", "print(b, paths)\n")
    for line in gone:
        everything = everything.replace(line, "")
    assert render(IMPORTS, auth="none") == everything


def test_only_python_has_such_imports(render: Render) -> None:
    text = "import b\nb()  // %if jwt\n"
    assert render(text, file="a.dart", auth="none") == "import b\n"


def test_comments_may_begin_with_slashes(render: Render) -> None:
    text = "import 'a';  // %if jwt\nf() {\n  // %if jwt\n  b(); // c\n  // %endif\n  d();\n}\n"
    assert render(text, file="a.dart", auth="jwt") == "import 'a';\nf() {\n  b(); // c\n  d();\n}\n"
    assert render(text, file="a.dart", auth="none") == "f() {\n  d();\n}\n"


@pytest.mark.parametrize("database", ["sqlite", "mysql"])
@pytest.mark.parametrize("auth", ["jwt", "none"])
def test_blocks_hold_blocks_and_guards(render: Render, database: str, auth: str) -> None:
    text = "1\n# %if jwt\n2\n# %if mysql\n3\n# %endif\n4  # %if sqlite\n# %endif\n5\n"
    inside = "2\n3\n" if database == "mysql" else "2\n4\n"
    expected = f"1\n{inside if auth == 'jwt' else ''}5\n"
    assert render(text, database=database, auth=auth) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("name = 'app'  # %= '{{ cookiecutter.project_slug }}'", "name = 'my_backend'"),
        ("    name='app',  # %= '{{ cookiecutter.project_slug }}',", "    name='my_backend',"),
        ('down: str | None = "1"  # %= {{ 2 + 2 }}', "down: str | None = 4"),
        ("names: dict[str, int] = {}  # %= {{ 2 }}", "names: dict[str, int] = 2"),
        ("is_on: bool = False  # %= {{ not cookiecutter.__mysql }}", "is_on: bool = True"),
        ('"a.b" = 1  # %= {{ 2 }}', '"a.b" = 2'),
        ("image: postgres:17  # %= postgres:{{ 9 + 9 }}", "image: postgres:18"),
        ("- name: app  # %= {{ 2 }}", "- name: 2"),
        ("URL=sqlite://  # %= mysql://{{ 2 }}", "URL=mysql://2"),
        ("on = false  # %= true  # %if jwt", "on = true"),
    ],
)
def test_a_value_is_written_at_generation(render: Render, line: str, expected: str) -> None:
    assert render(f"a\n{line}\nb\n") == f"a\n{expected}\nb\n"


@pytest.mark.parametrize(
    "line",
    [
        "run: echo ${{ github.ref }}",
        'print(f"{{{name}}}")',
        "#{{ {% {# #} %} }}",
        "ratio = a % b  # 50 % of it",
        'colour = "#%02x%02x" % (1, 2)',
        "script_location = %(here)s",
        "{%- if x %}",
    ],
)
def test_other_text_is_written_unchanged(render: Render, line: str) -> None:
    assert render(f"a\n{line}\nb\n", file="file.yml") == f"a\n{line}\nb\n"
    assert render(f"{line}  # %if jwt\n", file="file.yml") == f"{line}\n"


def test_markdown_and_json_hold_jinja(render: Render) -> None:
    text = "# %if jwt\n{% if cookiecutter.__jwt %}\n- tokens\n{% endif %}\nend {{ 1 + 1 }}\n"
    assert render(text, file="a.md", auth="jwt") == "# %if jwt\n- tokens\nend 2\n"
    assert render(text, file="a.md", auth="none") == "# %if jwt\nend 2\n"
    assert render('{"on": "{{ cookiecutter.__jwt }}"}', file="a.json") == '{"on": "yes"}'


def test_answers_and_paths_are_left_alone() -> None:
    environment = create_env_with_context({"cookiecutter": build_answers()})
    assert environment.from_string("# %iff what").render() == "# %iff what"


@pytest.mark.parametrize(
    ("file", "text", "number", "words"),
    [
        ("f.py", "a\nb  # %if jtw\n", 2, "unknown flag `jtw`, did you mean `jwt`?"),
        ("f.py", "# %if msql\n# %endif\n", 1, "unknown flag `msql`, did you mean `mysql`?"),
        ("f.md", "a\n\n{{ cookiecutter.__jtw }}", 3, "unknown flag `jtw`, did you mean `jwt`?"),
        ("f.py", "a = 1  # %= {{ cookiecutter.__jtw }}", 1, "did you mean `jwt`?"),
        (
            "f.py",
            "a\n# %iff jwt\n# %endif\n",
            2,
            "not a directive: `# %iff jwt`, did you mean `if`?",
        ),
        ("f.py", "# %if jwt\n# %edif\n", 2, "did you mean `endif`?"),
        ("f.py", "# %unless jwt\n", 1, "not a directive: `# %unless jwt`"),
        ("f.py", "# %if jwt\na\n# %else\nb\n# %endif\n", 3, "not a directive: `# %else`"),
        ("f.py", "a = 1 # %if jwt\n", 1, "two spaces before the #"),
        ("f.py", "a = 1  #%if jwt\n", 1, "one after it"),
        ("f.py", "a = 1  # % if jwt\n", 1, "not a directive"),
        ("f.py", "a = 1  # %if jwt \n", 1, "not a directive"),
        ("f.py", "a = 1  # %if\n", 1, "not a directive"),
        ("f.py", "a = 1  # %if jwt or mysql\n", 1, "not a directive"),
        ("f.py", "a = 1  # %if not jwt\n", 1, "not a directive"),
        ("f.py", "a = 1  # %=\n", 1, "not a directive"),
        ("f.py", "call(1)  # %= 2\n", 1, "not a directive"),
        ("f.py", "a\n# %if jwt\nb\n", 2, "no `# %endif` for this block"),
        ("f.py", "# %if jwt\n# %if mysql\n# %endif\n", 1, "no `# %endif` for this block"),
        ("f.py", "a\n# %endif\n", 2, "no `# %if` for this `# %endif`"),
        ("f.ts", "a; // %if jwt\n", 1, "two spaces before the # (or //)"),
        ("f.ts", "// %if jtw\n// %endif\n", 1, "unknown flag `jtw`, did you mean `jwt`?"),
    ],
)
def test_an_error_names_line_and_cause(
    render: Render, file: str, text: str, number: int, words: str
) -> None:
    with pytest.raises(TemplateSyntaxError) as caught:
        render(text, file=file)
    assert words in str(caught.value.message)
    assert (caught.value.name, caught.value.lineno) == (file, number)


def test_a_mistake_stops_generation_with_file_and_line(tmp_path: Path) -> None:
    template = create_small_template(tmp_path / "t", {"app/main.py": "a = 1\nb = 2  # %if jwtt\n"})
    done = run_cookiecutter(template, tmp_path, "--no-input")
    assert done.returncode != 0
    assert "unknown flag `jwtt`, did you mean `jwt`?" in done.stderr
    assert 'app/main.py", line 2' in done.stderr
    assert "b = 2  # %if jwtt" in done.stderr


def test_errors_of_jinja_have_the_line_of_the_file(render: Render) -> None:
    text = "a  # %if jwt\n# %if jwt\nb = 1\n# %endif\nc = 2  # %= {{ cookiecutter.nobody }}\n"
    with pytest.raises(UndefinedError) as caught:
        render(text)
    assert traceback.extract_tb(caught.value.__traceback__)[-1].lineno == 5


@pytest.mark.parametrize("auth", ["jwt", "none"])
def test_generated_code_is_formatted(render: Render, tmp_path: Path, auth: str) -> None:
    path = tmp_path / "generated.py"
    for text in (MODULE, render(MODULE, auth=auth)):
        path.write_text(text, encoding="utf-8")
        for check in (["format", "--check"], ["check", "--select", "E,F,I"]):
            settings = ["--isolated", "--no-cache", "--line-length", "100"]
            settings += ["--config", "lint.isort.force-single-line=true"] * (check[0] == "check")
            command = [sys.executable, "-m", "ruff", *check, *settings, str(path)]
            processes.run(command, check=True)
