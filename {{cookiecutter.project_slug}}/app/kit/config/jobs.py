"""Settings for background jobs."""

from pydantic import BaseModel
from pydantic import Field

DEFAULT_WORKERS = 4


class JobSettings(BaseModel):
    """How many jobs each process runs, and when a job of a dead process is taken over."""

    job_workers: int = Field(default=DEFAULT_WORKERS, ge=0, le=1000)
    job_lease_seconds: float = Field(default=60, ge=1, le=3600)
    job_retention_days: int = Field(default=7, ge=1, le=3650)
