"""The words that are looked for: enough of them, and no exception that nothing needs."""

from collections.abc import Callable
from pathlib import Path

import pytest

import checking
import leftovers
import support
from support import Variant

BARE = support.complete(Variant("sqlite", "none", "no", "no", "no")._asdict())


@pytest.mark.parametrize(
    "text",
    [
        "app/core/security.py",
        "from app.core import security",
        "a refresh token",
        "RefreshToken",
        "who is a user",
        "ACCESS_TOKEN_MINUTES=15",
        "access_token_minutes",
        "passlib",
        "import jose",
        "python-jose",
        "see docs/language-models.md",
        "language models",
        "POST /api/v1/ai/llm/chat",
        "scikit-learn",
        "import sklearn",
        "pandas",
        "Hugging Face",
        "PyTorch",
        "config/models.toml",
        "TRAINING_WORKERS",
        "Ollama",
        "rate limits",
        "uv sync --extra redis",
        "/auth/logout-all",
        "class LlmSettings",
    ],
)
def test_a_word_of_what_was_not_chosen_is_found(text: str) -> None:
    everything = support.complete(Variant("sqlite", "jwt", "yes", "yes", "yes")._asdict())
    assert list(leftovers.found("README.md", f"one\n{text}\n", BARE))
    assert not list(leftovers.found("README.md", f"one\n{text}\n", everything))


def test_it_says_where() -> None:
    assert list(leftovers.found("README.md", "one\ntwo passwords\n", BARE)) == [
        "README.md:2: password"
    ]


def test_every_exception_is_needed(
    bake: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leftovers, "OTHERWISE", {})
    leftovers._words_without.cache_clear()
    rows = [BARE, BARE | {"auth": "jwt", "ai_statistical": "yes"}, BARE | {"ai_llm": "yes"}]
    lines = [line for row in rows for line in checking.words_left(checking.texts(bake(**row)), row)]
    monkeypatch.undo()
    leftovers._words_without.cache_clear()
    assert {line.rpartition(": ")[2] for line in lines} == leftovers.OTHERWISE.keys()
