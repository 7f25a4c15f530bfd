"""What accounts share within one process, and the services that are built from it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from app.core.config.auth import AuthSettings
from app.core.exceptions import ConcurrencyLimited
from app.core.passwords import PasswordHasher
from app.core.passwords import Passwords
from app.core.security import AccessTokens
from app.core.security import RefreshTokens
from app.kit.client_slots import ClientSlots
from app.kit.db.database import Database
from app.kit.db.personal_rows import PersonalRows
from app.kit.db.unit_of_work import UnitOfWork
from app.kit.project_metadata import project
from app.kit.rate_limit import RateLimiter
from app.repositories.accounts import AccountRepositories
from app.services.account_export import AccountExportService
from app.services.accounts import AccountService
from app.services.login_sessions import LoginSessionService
from app.services.registration import RegistrationService

MAX_WAITING_REQUESTS = 100
"""The maximum number of requests per account that wait for a slot."""

SLOT_TIMEOUT_SECONDS = 5
"""How long a request waits for a slot; an app may send many at once when it starts."""


class AccountRuntime:
    """Made once from the settings. Making one connects to nothing."""

    def __init__(self, settings: AuthSettings, database: Database, limiter: RateLimiter) -> None:
        secrets = (settings.secret_key, settings.secret_key_previous)
        lifetime = timedelta(minutes=settings.access_token_minutes)
        self.access_tokens = AccessTokens(*secrets, issuer=project().name, lifetime=lifetime)
        self.refresh_tokens = RefreshTokens(*secrets)
        self.passwords = PasswordHasher(
            settings.password_hash_rounds,
            settings.password_hash_workers,
            settings.password_hash_queue_size,
        )
        self.request_slots = ClientSlots(
            None,
            settings.max_concurrent_requests_per_account,
            max_waiting=MAX_WAITING_REQUESTS,
            timeout_seconds=SLOT_TIMEOUT_SECONDS,
            client_rejection=ConcurrencyLimited,
        )
        self._settings = settings
        self._database = database
        self._limiter = limiter
        self._uow = UnitOfWork(database, AccountRepositories)

    @asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        """Hash passwords inside."""
        self.passwords.warm_up()
        try:
            yield
        finally:
            self.passwords.close()

    def login_session_service(self) -> LoginSessionService:
        return LoginSessionService(
            self._uow, self.access_tokens, self.refresh_tokens, self._limiter, self._settings
        )

    def account_service(self, passwords: Passwords | None = None) -> AccountService:
        """Return the service for accounts; ``passwords`` replaces the hasher of the process."""
        return AccountService(
            self._uow,
            self.login_session_service(),
            passwords or self.passwords,
            self._limiter,
            self._settings,
        )

    def registration_service(self, accounts: AccountService) -> RegistrationService:
        return RegistrationService(self._uow, accounts, self._limiter, self._settings)

    def account_export_service(self) -> AccountExportService:
        uow = UnitOfWork(self._database, PersonalRows)
        return AccountExportService(uow, self._limiter, self._settings)
