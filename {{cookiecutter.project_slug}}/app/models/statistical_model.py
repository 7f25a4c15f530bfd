"""Statistical models: the training request, the state of the training, and its result."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger
from sqlalchemy import Index
from sqlalchemy import String
from sqlalchemy import UniqueConstraint
from sqlalchemy import Uuid
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column

from app.db.base import Base
from app.kit.db.types import ExactString
from app.kit.db.types import LongText
from app.kit.db.types import UtcDateTime
from app.models.owned import Owned
from app.models.owned import list_index

NAME_LENGTH = 100
ERROR_LENGTH = 1000


class Status(StrEnum):
    """The state of a training."""

    QUEUED = "queued"
    RUNNING = "running"
    READY = "ready"
    FAILED = "failed"


class StatisticalModel(Owned):
    """One version of a model. The model itself is a file, named by ``id`` and ``lease_id``.

    ``lease_id`` identifies the training attempt, which must renew its lease before
    ``lease_expires_at``. ``turn`` orders the queue: each owner has one training per turn.
    ``size_bytes`` is the size of the table until the training ends, then that of the model.
    """

    __tablename__ = "statistical_models"
    __table_args__ = (
        UniqueConstraint(
            "owner_id",  # %if jwt
            "name",
            "version",
            name="uq_statistical_models_version",
        ),
        Index("ix_statistical_models_status", "status", "turn", "id"),
        list_index("statistical_models", "created_at"),
    )

    name: Mapped[str] = mapped_column(ExactString(NAME_LENGTH))
    version: Mapped[int]
    status: Mapped[str] = mapped_column(String(20), default=Status.QUEUED)
    progress: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None] = mapped_column(String(ERROR_LENGTH))
    training_spec: Mapped[str] = mapped_column(LongText())  # TrainingSpec as JSON
    result: Mapped[str | None] = mapped_column(LongText(), deferred=True)  # TrainingResult as JSON
    sha256: Mapped[str | None] = mapped_column(String(64))
    lease_id: Mapped[UUID | None] = mapped_column(Uuid())
    lease_expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    attempts: Mapped[int] = mapped_column(default=0)
    turn: Mapped[int] = mapped_column(default=0)
    size_bytes: Mapped[int] = mapped_column(BigInteger(), default=0)


class TrainingTurn(Base):
    """A single row with the latest turn of a claimed training. Adding a training locks it."""

    __tablename__ = "training_turns"

    turn: Mapped[int] = mapped_column(default=0)
