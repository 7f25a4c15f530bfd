"""Whether the application lives, and whether it is ready for requests. Outside of any version."""

from enum import StrEnum

from fastapi import APIRouter

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


@router.get("/live")
async def read_liveness() -> Health:
    """The process runs and answers."""
    return Health(status=HealthStatus.OK)


@router.get("/ready")
async def read_readiness(resources: SharedResources) -> Health:
    """The database answers too."""
    await resources.database.ping(READY_SECONDS)
    return Health(status=HealthStatus.OK)
