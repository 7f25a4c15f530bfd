"""What counts as text here, and when two texts are the same."""


def reject_unstorable(text: str) -> str:
    """The text itself.

    Raises:
        ValueError: it holds NUL or half of a surrogate pair, which no database can store.
    """
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("must not hold NUL characters or broken Unicode")
    return text


def casefold_text(text: str) -> str:
    """The text for comparing without regard to case, alike on every database."""
    return text.casefold()
