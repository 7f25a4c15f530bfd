"""Calls of language models: their token usage, and the quota that they count against."""

from typing import Final
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy import Index
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column

from app.core.config.llm import MAX_MODEL_NAME_LENGTH
from app.db.base import Base
from app.kit.db.types import ExactString

MAX_OUTCOME_LENGTH = 40
QUOTA_KEY_LENGTH = 64

RUNNING: Final = "running"
DONE: Final = "done"
CANCELLED: Final = "cancelled"
FAILED: Final = "internal_error"  # the code in the error response


class LlmCall(Base):
    """One call. While it is running, its tokens are the reserved maximum.

    The outcome is one of the constants above, or the code of the error that ended the call.
    """

    __tablename__ = "llm_calls"
    __table_args__ = (
        Index("ix_llm_calls_quota_key", "quota_key", "created_at"),
        # A covering index for the total of the day.
        Index(
            "ix_llm_calls_created_at",
            "created_at",
            "prompt_tokens",
            "completion_tokens",
            "outcome",
        ),
        Index("ix_llm_calls_owner_id", "owner_id", "created_at"),  # %if jwt
    )

    # %if jwt
    # Today's calls outlive a deleted account. Otherwise a new account would have a new quota.
    owner_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    # %endif
    quota_key: Mapped[str] = mapped_column(ExactString(QUOTA_KEY_LENGTH))
    model: Mapped[str] = mapped_column(ExactString(MAX_MODEL_NAME_LENGTH))
    prompt_tokens: Mapped[int]
    completion_tokens: Mapped[int]
    duration_ms: Mapped[int]
    outcome: Mapped[str] = mapped_column(ExactString(MAX_OUTCOME_LENGTH))
