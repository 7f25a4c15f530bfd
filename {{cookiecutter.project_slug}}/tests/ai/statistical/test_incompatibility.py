"""Which models the installed libraries can load."""

import pytest

from app.ai.statistical import persistence
from app.schemas.statistical.results import Library


@pytest.mark.parametrize(
    ("trained", "installed", "usable"),
    [
        ("1.9.1", "1.9.1", True),
        ("1.9.1", "1.9.4", True),
        ("1.9.1", "1.10.0", False),
        ("1.10.0", "1.9.1", False),
        ("1.9.1", "2.9.1", False),
    ],
)
def test_another_feature_release_is_rejected(
    monkeypatch: pytest.MonkeyPatch, trained: str, installed: str, usable: bool
) -> None:
    monkeypatch.setattr(persistence, "version", lambda _name: installed)
    reason = persistence.incompatibility([Library(name="scikit-learn", version=trained)])
    assert (reason is None) == usable
    assert reason is None or (trained in reason and installed in reason)


def test_every_library_is_recorded() -> None:
    assert {library.name for library in persistence.installed_libraries()} == set(
        persistence.LIBRARIES
    )
