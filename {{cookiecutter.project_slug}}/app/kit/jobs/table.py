"""The columns of the table of jobs. The table itself is a model of the application."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy import String
from sqlalchemy import UniqueConstraint
from sqlalchemy import Uuid
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import declared_attr
from sqlalchemy.orm import mapped_column

from app.kit.db.model import CommonColumns
from app.kit.db.types import ExactString
from app.kit.db.types import LongText
from app.kit.db.types import UtcDateTime

NAME_LENGTH = 100
QUEUE_LENGTH = 50
OWNER_LENGTH = 64
UNIQUE_KEY_LENGTH = 200
ERROR_LENGTH = 1000


class JobStatus(StrEnum):
    """The state of a job."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class JobColumns(CommonColumns):
    """A mixin for the model of jobs. All times are those of the database's clock.

    ``due_at`` is when a worker may take the job: while it is queued, when it should run; while it
    runs, when its lease expires; afterwards, NULL. ``lease_id`` identifies the attempt that runs.
    ``owner`` is whose turn it is: owners share the workers fairly. ``unique_key`` is NULL after
    the job. ``schedule`` is the cron expression of a periodic job, which has a single row for ever.
    """

    name: Mapped[str] = mapped_column(ExactString(NAME_LENGTH))
    arguments: Mapped[str] = mapped_column(LongText())  # a JSON object
    queue: Mapped[str] = mapped_column(ExactString(QUEUE_LENGTH))
    priority: Mapped[int]
    owner: Mapped[str] = mapped_column(ExactString(OWNER_LENGTH))
    unique_key: Mapped[str | None] = mapped_column(ExactString(UNIQUE_KEY_LENGTH))
    schedule: Mapped[str | None] = mapped_column(String(NAME_LENGTH))
    status: Mapped[str] = mapped_column(String(20))
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    lease_id: Mapped[UUID | None] = mapped_column(Uuid())
    attempts: Mapped[int] = mapped_column(default=0)
    progress: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None] = mapped_column(String(ERROR_LENGTH))
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime())

    @declared_attr.directive
    @classmethod
    def __table_args__(cls) -> tuple[Any, ...]:
        """Return the indexes: for workers, for the turns of owners, and for lists."""
        return (
            UniqueConstraint("unique_key", name="uq_jobs_unique_key"),
            Index("ix_jobs_due_at", "due_at", "queue", "priority", "owner", "name"),
            Index("ix_jobs_owner", "owner", "started_at"),
            Index("ix_jobs_status", "status", "finished_at"),
        )
