"""Service for administrators: the usage of all users."""

from datetime import timedelta

from app.repositories.llm_calls import LlmCallRepository
from app.schemas.llm import UsageReport
from app.schemas.llm import UsageReportRow
from app.utils.clock import utc_now


class UsageReportService:
    """Reports the usage by user and model."""

    def __init__(self, calls: LlmCallRepository) -> None:
        self._calls = calls

    async def report(self, days: int, limit: int, offset: int) -> UsageReport:
        """Return a part of the rows of the last days, the most tokens first."""
        since = utc_now() - timedelta(days=days)
        rows = await self._calls.report(since, limit, offset)
        return UsageReport(
            since=since,
            totals=[
                UsageReportRow(
                    user_id=user_id,
                    model=model,
                    calls=totals.calls,
                    prompt_tokens=totals.prompt_tokens,
                    completion_tokens=totals.completion_tokens,
                    total_tokens=totals.total_tokens,
                )
                for user_id, model, totals in rows
            ],
        )
