"""Background jobs. Every module of this folder is loaded by the workers; see docs/jobs.md."""

from app.kit.jobs.context import JobContext
from app.kit.jobs.registry import JobRegistry
from app.models.job import Job
from app.resources import Resources

Context = JobContext[Resources]
jobs: JobRegistry[Resources] = JobRegistry(Job, __name__)
job = jobs.job
