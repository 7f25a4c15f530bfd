"""Health checks, outside of any version of the API."""

from enum import StrEnum

from fastapi import APIRouter
from pydantic import Field

from app.api.deps.jobs import JobWorkerDep
from app.api.deps.llm import LlmRuntimeDep
from app.api.deps.resources import ResourcesDep
from app.kit.schemas import ResponseModel

READINESS_TIMEOUT_SECONDS = 2

router = APIRouter(prefix="/health", tags=["health"])


class HealthStatus(StrEnum):
    """The state of the application."""

    OK = "ok"


class Health(ResponseModel):
    """The state of the application; an error is a problem response instead."""

    status: HealthStatus
    details: list[str] | None = Field(
        default=None,
        exclude_if=lambda found: found is None,
        description="What does not work although requests are served; otherwise absent.",
    )


@router.get("/live")
async def read_liveness() -> Health:
    """Return 200 while the process runs."""
    return Health(status=HealthStatus.OK)


@router.get("/ready")
async def read_readiness(
    resources: ResourcesDep,
    jobs: JobWorkerDep,
    llm: LlmRuntimeDep,  # %if llm
) -> Health:
    """Return 200 while the database responds as well."""
    await resources.database.ping(READINESS_TIMEOUT_SECONDS)
    details = await jobs.degraded_reasons(READINESS_TIMEOUT_SECONDS)
    details += llm.degraded_reasons  # %if llm
    return Health(status=HealthStatus.OK, details=details or None)
