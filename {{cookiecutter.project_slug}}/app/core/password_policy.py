"""The policy for new passwords: common and personal ones are rejected.

``common_passwords.txt`` holds 3,000 passwords in lower case with eight or more characters, mostly
the most frequent ones of public leaks. You can add more, separated by whitespace.
"""

import re
from functools import cache
from pathlib import Path
from string import digits

from app.kit.exceptions import InvalidInput
from app.kit.project_metadata import project

COMMON_PASSWORDS = Path(__file__).with_name("common_passwords.txt")
NOT_ALPHANUMERIC = re.compile(r"[\W_]+")


def validate_new_password(field: str, password: str, email: str) -> None:
    """Reject common passwords, and passwords derived from the e-mail address or the project name.

    Raises:
        InvalidInput: the password is easy to guess; the error names ``field``.
    """
    if password.lower() in _common_passwords():
        raise InvalidInput(
            field,
            "Too many people use this password. Choose another, such as four random words.",
            code="password_too_common",
        )
    about = project()
    known = (email, email.partition("@")[0], about.name, about.title)
    if any(_is_alike(password, word) for word in known):
        raise InvalidInput(
            field,
            "The password must not be your e-mail address or the name of this application.",
            code="password_too_personal",
        )


@cache
def _common_passwords() -> frozenset[str]:
    return frozenset(COMMON_PASSWORDS.read_text(encoding="utf-8").split())


def _is_alike(password: str, word: str) -> bool:
    """Return whether both are equal except for case, punctuation, and digits at the ends."""
    first, second = (NOT_ALPHANUMERIC.sub("", text.casefold()) for text in (password, word))
    return first == second or first.strip(digits) == second.strip(digits) != ""
