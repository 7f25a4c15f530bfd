"""The path of everybody's use of language models, for administrators."""

from typing import Annotated

from fastapi import APIRouter
from fastapi import Depends
from fastapi import Query

from app.api.authentication import require
from app.api.problems import problems
from app.api.resources import ReadSession
from app.core.permissions import Permission
from app.models.user import User
from app.repositories.llm_totals import LlmTotalsRepository
from app.schemas.llm_totals import Totals
from app.schemas.llm_totals import TotalsQuery
from app.services.llm_totals import LlmTotalsService

router = APIRouter(prefix="/ai/llm", tags=["language models"])
Accountant = Annotated[User, Depends(require(Permission.SEE_ALL_USAGE))]


async def read_totals_service(_accountant: Accountant, session: ReadSession) -> LlmTotalsService:
    """The use cases, for those who may."""
    return LlmTotalsService(LlmTotalsRepository(session))


@router.get("/usage/totals", responses=problems(permission_denied=403))
async def read_usage_totals(
    query: Annotated[TotalsQuery, Query()],
    totals: Annotated[LlmTotalsService, Depends(read_totals_service)],
) -> Totals:
    """What each user has used of each model in the last days, the largest first."""
    return await totals.list_totals(query)
