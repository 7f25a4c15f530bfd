"""Deletes the usage of language models that is no longer needed, once a day."""

import logging
from datetime import timedelta

from sqlalchemy import select

from app.jobs import Context
from app.jobs import job
from app.kit.db.batches import delete_in_batches
from app.models.llm_call import LlmCall
from app.utils.clock import start_of_day
from app.utils.clock import utc_now

logger = logging.getLogger(__name__)


@job(cron="30 3 * * *")
async def delete_old_llm_calls(context: Context) -> None:
    """Delete the calls that started more than ``LLM_USAGE_RETENTION_DAYS`` ago."""
    resources, today = context.resources, start_of_day(utc_now())
    age = timedelta(days=resources.settings.llm_usage_retention_days)
    expired = [select(LlmCall.id).where(LlmCall.created_at < today - age)]
    # %if jwt
    of_nobody = select(LlmCall.id).where(LlmCall.owner_id.is_(None))
    expired.append(of_nobody.where(LlmCall.created_at < today))  # the quota of a deleted account
    # %endif
    deleted = 0
    for calls in expired:
        deleted += await delete_in_batches(resources.database, LlmCall, calls)
    logger.info("deleted %d calls of language models", deleted)
