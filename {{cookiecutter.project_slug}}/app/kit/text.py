"""Text that every database can store."""


def reject_unstorable(text: str) -> str:
    """Return the text.

    Raises:
        ValueError: it holds NUL or half of a surrogate pair, which no database can store.
    """
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("must not hold NUL characters or broken Unicode")
    return text
