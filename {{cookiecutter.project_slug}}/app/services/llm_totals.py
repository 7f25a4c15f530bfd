"""Use cases of those who look after the costs of language models."""

from datetime import timedelta

from app.repositories.llm_totals import LlmTotalsRepository
from app.schemas.llm_totals import Totals
from app.schemas.llm_totals import TotalsQuery
from app.schemas.llm_totals import UserTotal
from app.utils.clock import utc_now


class LlmTotalsService:
    """What everybody has used."""

    def __init__(self, totals: LlmTotalsRepository) -> None:
        self._totals = totals

    async def list_totals(self, query: TotalsQuery) -> Totals:
        """The totals of the last days by user and model, the largest first."""
        since = utc_now() - timedelta(days=query.days)
        rows = await self._totals.totals(since, query.limit, query.offset)
        return Totals(since=since, totals=[UserTotal.model_validate(row) for row in rows])
