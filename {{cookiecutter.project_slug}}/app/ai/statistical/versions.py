"""The versions that a model was made with, and whether those that are installed can use it."""

from importlib.metadata import version

from app.schemas.statistical.results import Library

LIBRARIES = ("scikit-learn", "numpy", "pandas", "skops")


def installed() -> list[Library]:
    """The libraries that a stored model depends on, as they are installed here."""
    return [Library(name=name, version=version(name)) for name in LIBRARIES]


def why_unusable(made_with: list[Library]) -> str | None:
    """Why a model cannot be used here, if so.

    scikit-learn promises nothing between its versions: one of another feature release (1.9 and
    1.10) is refused. A bug fix release, and another version of the other libraries, is accepted.
    """
    name = LIBRARIES[0]
    made = next(library.version for library in made_with if library.name == name)
    here = version(name)
    if made.split(".")[:2] == here.split(".")[:2]:
        return None
    return f"The model was trained with {name} {made}, and {here} is installed. Train it again."
