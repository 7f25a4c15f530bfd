"""Which rows a request may see.

Endpoints receive an AccessScope, services pass it on, repositories apply it to their queries.
"""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class AccessScope:
    """The rows that one request may see."""

    user_id: UUID  # %if jwt
    unrestricted: bool = False  # %= {{ not cookiecutter.__jwt }}
