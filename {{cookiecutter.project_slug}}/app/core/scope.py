"""The one place that says who asks, and which rows they may see.

Endpoints receive a Scope, services hand it on, repositories apply it to their statements.
"""

from dataclasses import dataclass
from uuid import UUID  # %if jwt


@dataclass(frozen=True, slots=True)
class Scope:
    """What one request may see."""

    user_id: UUID  # %if jwt
    sees_all: bool = False  # %= {{ not cookiecutter.__jwt }}
