"""Builds the services that need more than a session from what the process shares."""

from app.repositories.accounts import Accounts
from app.repositories.units import Units
from app.resources import Resources
from app.services.accounts import AccountService
from app.services.sessions import SessionService


def session_service(resources: Resources) -> SessionService:
    """The use cases of sessions."""
    return SessionService(
        Units(resources.database, Accounts),
        resources.access_tokens,
        resources.refresh_tokens,
        resources.limiter,
        resources.settings,
    )


def account_service(resources: Resources) -> AccountService:
    """The use cases of accounts."""
    return AccountService(
        Units(resources.database, Accounts),
        session_service(resources),
        resources.passwords,
        resources.limiter,
        resources.settings,
    )
