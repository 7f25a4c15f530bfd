"""Endpoint for administrators: how much each user has used language models."""

from typing import Annotated

from fastapi import APIRouter
from fastapi import Depends
from fastapi import Query

from app.api.deps.auth import require_permission
from app.api.deps.resources import ReadSessionDep
from app.core.exceptions import PermissionDenied
from app.core.permissions import Permission
from app.kit.http.problems import error_responses
from app.repositories.llm_calls import LlmCallRepository
from app.schemas.llm import UsageReport
from app.services.llm_usage_report import UsageReportService

router = APIRouter(prefix="/ai/llm", tags=["language models"])


async def get_usage_report_service(session: ReadSessionDep) -> UsageReportService:
    """Return the service for the usage of all users."""
    return UsageReportService(LlmCallRepository(session))


@router.get(
    "/usage/totals",
    dependencies=[Depends(require_permission(Permission.SEE_ALL_USAGE))],
    responses=error_responses(PermissionDenied),
)
async def read_usage_report(
    service: Annotated[UsageReportService, Depends(get_usage_report_service)],
    days: Annotated[int, Query(ge=1, le=366, description="How many days to look back.")] = 30,
    limit: Annotated[int, Query(ge=1, le=100, description="Maximum number of rows.")] = 20,
    offset: Annotated[
        int, Query(ge=0, le=1_000_000, description="How many of the first rows to skip.")
    ] = 0,
) -> UsageReport:
    """Return the usage of each user and model in the last days, the most tokens first."""
    return await service.report(days, limit, offset)
