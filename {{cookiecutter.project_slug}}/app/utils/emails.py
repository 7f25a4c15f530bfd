"""E-mail addresses: what one is, and when two are the same."""

from email_validator import validate_email

MAX_EMAIL_LENGTH = 254
"""RFC 3696, erratum 1690."""


def normalize_email(text: str) -> str:
    """The address in the one form that is stored and compared: lower case, normalised Unicode.

    Blanks around it, as the keyboards of phones put them, are no part of it.

    Raises:
        ValueError: it is no e-mail address; says why.
    """
    if len(text) > MAX_EMAIL_LENGTH:  # before anything is done with it that takes long
        raise ValueError(f"must not be longer than {MAX_EMAIL_LENGTH} characters")
    checked = validate_email(text.strip(), check_deliverability=False, test_environment=True)
    return checked.normalized.lower()
