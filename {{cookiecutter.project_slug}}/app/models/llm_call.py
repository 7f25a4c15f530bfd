"""Calls of language models: what each has cost, and whose quota it counts against."""

from sqlalchemy import Index
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column

from app.core.config.llm import MODEL_LENGTH
from app.db.types import ExactString
from app.models.owned import Owned
from app.models.owned import list_index  # %if jwt

OUTCOME_LENGTH = 40
PAYER_LENGTH = 64

RUNNING = "running"
DONE = "done"
CANCELLED = "cancelled"
FAILED = "internal_error"  # the code that the client is told


class LlmCall(Owned):
    """One call. While it runs its numbers are what it may cost at most.

    The outcome is one of those above, or the code of the error that ended it.
    """

    __tablename__ = "llm_calls"
    __table_args__ = (
        # Holds all that the sum of a day needs.
        Index("ix_llm_calls_payer", "payer", "created_at", "prompt_tokens", "completion_tokens"),
        list_index("llm_calls", "created_at"),  # %if jwt
    )

    payer: Mapped[str] = mapped_column(ExactString(PAYER_LENGTH))
    model: Mapped[str] = mapped_column(ExactString(MODEL_LENGTH))
    prompt_tokens: Mapped[int]
    completion_tokens: Mapped[int]
    milliseconds: Mapped[int]
    outcome: Mapped[str] = mapped_column(ExactString(OUTCOME_LENGTH))
