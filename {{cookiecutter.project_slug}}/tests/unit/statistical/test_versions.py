"""Which models can be used with which libraries."""

import pytest

from app.ai.statistical import versions
from app.schemas.statistical.results import Library


@pytest.mark.parametrize(
    ("made_with", "here", "usable"),
    [
        ("1.9.1", "1.9.1", True),
        ("1.9.1", "1.9.4", True),
        ("1.9.1", "1.10.0", False),
        ("1.10.0", "1.9.1", False),
        ("1.9.1", "2.9.1", False),
    ],
)
def test_another_feature_release_is_refused(
    monkeypatch: pytest.MonkeyPatch, made_with: str, here: str, usable: bool
) -> None:
    monkeypatch.setattr(versions, "version", lambda _name: here)
    reason = versions.why_unusable([Library(name="scikit-learn", version=made_with)])
    assert (reason is None) == usable
    assert reason is None or (made_with in reason and here in reason)


def test_every_library_is_recorded() -> None:
    assert {library.name for library in versions.installed()} == set(versions.LIBRARIES)
