"""Background jobs: the queue, and what became of them."""

from app.db.base import Base
from app.kit.jobs.table import JobColumns


class Job(JobColumns, Base):
    """One call of a job function."""

    __tablename__ = "jobs"
