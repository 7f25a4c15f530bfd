"""Dart clients that openapi-generator generates compile, for the largest and smallest variant."""

from collections.abc import Callable
from pathlib import Path

import pytest

from support import clean_environment
from support import dart_clients
from support import doc_examples
from support import page_steps

LARGEST = {"ai_llm": "yes", "ai_statistical": "yes", "ai_custom_models": "yes"}
SMALLEST = {"auth": "none", "ai_llm": "no", "ai_statistical": "no", "ai_custom_models": "no"}
LIBRARIES = {"dart": "api.dart", "dart-dio": "openapi.dart"}


@pytest.mark.parametrize("generator", LIBRARIES)
@pytest.mark.parametrize("answers", [LARGEST, SMALLEST], ids=["largest", "smallest"])
def test_a_generated_client_compiles(
    bake: Callable[..., Path], tmp_path: Path, answers: dict[str, str], generator: str
) -> None:
    doc_examples.require_program("java")
    dart = doc_examples.require_program("dart", "TEST_DART")
    document, client = tmp_path / "openapi.json", tmp_path / "client"
    document.write_text(
        clean_environment.run([*page_steps.APP, "export-openapi"], bake(**answers)),
        encoding="utf-8",
    )
    dart_clients.generate_client(generator, document, client)
    assert dart_clients.find_type_errors(dart, LIBRARIES[generator], client) == ""
    if generator == "dart":  # the names are those of the other one, too
        names = (client / "lib" / "model" / "item_sort.dart").read_text(encoding="utf-8")
        assert "createdAtDesc" in names


def test_the_type_check_finds_errors(tmp_path: Path) -> None:
    dart = doc_examples.require_program("dart", "TEST_DART")
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "api.dart").write_text("const int sort = -created_at;\n", encoding="utf-8")
    assert "created_at" in dart_clients.find_type_errors(dart, "api.dart", tmp_path)
