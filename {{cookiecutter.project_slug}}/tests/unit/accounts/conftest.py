"""Services on accounts in memory."""

from datetime import timedelta

import pytest

from app.core.config import Settings
from app.core.passwords import PasswordHasher
from app.core.security import AccessTokens
from app.core.security import RefreshTokens
from app.kit.rate_limit import RateLimiter
from app.services.accounts import AccountService
from app.services.login_sessions import LoginSessionService
from tests.support.settings import make_settings
from tests.unit.accounts.fakes import FakeUnits
from tests.unit.accounts.fakes import Tables

SECRET = "0123456789abcdefghijklmnopqrstuv"


class WatchedHasher(PasswordHasher):
    """A quick hasher that sees whether a unit of work is open while it works."""

    def __init__(self, units: FakeUnits) -> None:
        super().__init__(rounds=4, workers=1)
        self.units = units
        self.open_meanwhile: list[int] = []

    async def hash(self, password: str) -> str:
        """Hash, and note the open units."""
        self.open_meanwhile.append(self.units.open)
        return await super().hash(password)

    async def verify(self, password: str, password_hash: str | None) -> tuple[bool, bool]:
        """Check, and note the open units."""
        self.open_meanwhile.append(self.units.open)
        return await super().verify(password, password_hash)


@pytest.fixture
def settings() -> Settings:
    """Settings with limits switched on."""
    return make_settings(rate_limit_enabled=True)


@pytest.fixture
def tables() -> Tables:
    """Empty tables."""
    return Tables()


@pytest.fixture
def units(tables: Tables) -> FakeUnits:
    """UnitOfWork of work on those tables."""
    return FakeUnits(tables)


@pytest.fixture
def hasher(units: FakeUnits) -> WatchedHasher:
    """Where passwords are hashed."""
    return WatchedHasher(units)


@pytest.fixture
def sessions(units: FakeUnits, settings: Settings) -> LoginSessionService:
    """The service for login sessions."""
    access = AccessTokens(SECRET, issuer="shop", lifetime=timedelta(minutes=15))
    return LoginSessionService(
        units, access, RefreshTokens(SECRET), RateLimiter(settings), settings
    )


@pytest.fixture
def accounts(
    units: FakeUnits, sessions: LoginSessionService, hasher: WatchedHasher, settings: Settings
) -> AccountService:
    """The service for accounts."""
    return AccountService(units, sessions, hasher, RateLimiter(settings), settings)
