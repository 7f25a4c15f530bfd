"""Deletes ended sessions and obsolete tokens once a day."""

import logging
from datetime import timedelta

from app.jobs import Context
from app.jobs import job
from app.kit.db.batches import delete_in_batches
from app.models.login_session import KnownClientIp
from app.models.login_session import LoginSession
from app.models.login_session import RefreshToken
from app.repositories.known_client_ips import KnownClientIpRepository
from app.repositories.login_sessions import LoginSessionRepository
from app.repositories.refresh_tokens import RefreshTokenRepository
from app.resources import Resources
from app.utils.clock import utc_now

logger = logging.getLogger(__name__)


@job(cron="10 3 * * *")
async def delete_ended_sessions(context: Context) -> None:
    """Delete what has ended."""
    logger.info("deleted %d rows of ended sessions", await delete_ended(context.resources))


async def delete_ended(resources: Resources) -> int:
    """Delete ended sessions, obsolete tokens and expired addresses; return the number of rows."""
    now = utc_now()
    token_age = timedelta(days=resources.settings.refresh_token_days)
    deleted = 0
    for model, ids in (
        (RefreshToken, RefreshTokenRepository.select_ended(now)),
        (RefreshToken, RefreshTokenRepository.select_superseded(now - token_age)),
        (LoginSession, LoginSessionRepository.select_ended(now)),
        (KnownClientIp, KnownClientIpRepository.select_expired(now)),
    ):
        deleted += await delete_in_batches(resources.database, model, ids)
    return deleted
