"""Whether the application lives, and whether it is ready for requests. Outside of any version.

Load balancers ask with HEAD, too.
"""

from enum import StrEnum

from fastapi import APIRouter
from pydantic import Field  # %if llm

from app.api.llm import SharedLlm  # %if llm
from app.api.resources import SharedResources
from app.schemas.base import ResponseModel

READY_SECONDS = 2

router = APIRouter(prefix="/health", tags=["health"])


class HealthStatus(StrEnum):
    """How the application is."""

    OK = "ok"


class Health(ResponseModel):
    """How the application is; when it is not well the answer is a problem."""

    status: HealthStatus
    # %if llm
    details: list[str] | None = Field(default=None, exclude_if=lambda found: found is None)
    """What does not work although requests are served; absent when all is well."""
    # %endif


@router.head("/live", include_in_schema=False)
@router.get("/live")
async def read_liveness() -> Health:
    """The process runs and answers."""
    return Health(status=HealthStatus.OK)


@router.head("/ready", include_in_schema=False)
@router.get("/ready")
async def read_readiness(
    resources: SharedResources,
    llm: SharedLlm,  # %if llm
) -> Health:
    """The database answers too."""
    await resources.database.ping(READY_SECONDS)
    return Health(
        status=HealthStatus.OK,
        details=llm.troubles or None,  # %if llm
    )
