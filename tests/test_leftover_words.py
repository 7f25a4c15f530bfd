"""The list of leftover words is long enough, and every exception to it is needed."""

from collections.abc import Callable
from pathlib import Path

import pytest

from support import leftover_words
from support import project_checks
from support import variants
from support.variants import Variant

BARE = variants.complete_answers(Variant("sqlite", "none", "no", "no", "no")._asdict())


@pytest.mark.parametrize(
    "text",
    [
        "app/core/security.py",
        "from app.core import passwords",
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
def test_a_word_of_a_feature_that_is_off_is_found(text: str) -> None:
    everything = variants.complete_answers(Variant("sqlite", "jwt", "yes", "yes", "yes")._asdict())
    assert list(leftover_words.find_leftover_words("README.md", f"one\n{text}\n", BARE))
    assert not list(leftover_words.find_leftover_words("README.md", f"one\n{text}\n", everything))


def test_a_leftover_word_is_reported_with_its_line() -> None:
    assert list(leftover_words.find_leftover_words("README.md", "one\ntwo passwords\n", BARE)) == [
        "README.md:2: password"
    ]


def test_every_exception_is_needed(
    bake: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leftover_words, "COMMON_WORDS", {})
    leftover_words._find_unwanted_words.cache_clear()
    rows = [
        BARE,
        BARE | {"auth": "jwt", "ai_statistical": "yes"},
        BARE | {"ai_statistical": "yes"},
        BARE | {"ai_llm": "yes"},
    ]
    lines = [
        line
        for row in rows
        for line in project_checks.find_leftover_words(project_checks.read_texts(bake(**row)), row)
    ]
    monkeypatch.undo()
    leftover_words._find_unwanted_words.cache_clear()
    assert {line.rpartition(": ")[2] for line in lines} == leftover_words.COMMON_WORDS.keys()
