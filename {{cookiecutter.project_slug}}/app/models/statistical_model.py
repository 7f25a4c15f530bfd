"""Statistical models: what was asked for, how far its training is, and what came of it."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy import String
from sqlalchemy import UniqueConstraint
from sqlalchemy import Uuid
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column

from app.db.types import ExactString
from app.db.types import LongText
from app.db.types import UtcDateTime
from app.models.owned import Owned
from app.models.owned import list_index

NAME_LENGTH = 100
ERROR_LENGTH = 1000


class Status(StrEnum):
    """How far a training is."""

    QUEUED = "queued"
    RUNNING = "running"
    READY = "ready"
    FAILED = "failed"


class StatisticalModel(Owned):
    """One version of a model. The model itself is a file, named by ``id`` and ``claim``.

    ``claim`` says which process trains it, ``claimed_until`` when that process counts as dead
    unless it says again that it lives.
    """

    __tablename__ = "statistical_models"
    __table_args__ = (
        UniqueConstraint(
            "owner_id",  # %if jwt
            "name",
            "version",
            name="uq_statistical_models_version",
        ),
        Index("ix_statistical_models_status", "status", "id"),
        list_index("statistical_models", "created_at"),
    )

    name: Mapped[str] = mapped_column(ExactString(NAME_LENGTH))
    version: Mapped[int]
    status: Mapped[str] = mapped_column(String(20), default=Status.QUEUED)
    progress: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None] = mapped_column(String(ERROR_LENGTH))
    training_order: Mapped[str] = mapped_column(LongText())  # TrainingOrder, as JSON
    result: Mapped[str | None] = mapped_column(LongText(), deferred=True)  # TrainingResult, too
    sha256: Mapped[str | None] = mapped_column(String(64))
    claim: Mapped[UUID | None] = mapped_column(Uuid())
    claimed_until: Mapped[datetime | None] = mapped_column(UtcDateTime())
    attempts: Mapped[int] = mapped_column(default=0)
