"""Accounts in memory: users, sessions, refresh tokens, and units of work on them.

They derive from the real repositories, so that the type checker holds them to the same signatures.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from dataclasses import field
from datetime import datetime
from uuid import UUID

from app.core.exceptions import Conflict
from app.core.permissions import Role
from app.models.login_session import LoginSession
from app.models.refresh_token import RefreshToken
from app.models.user import User
from app.repositories.accounts import Accounts
from app.repositories.login_sessions import LoginSessionRepository
from app.repositories.refresh_tokens import FoundToken
from app.repositories.refresh_tokens import RefreshTokenRepository
from app.repositories.units import Units
from app.repositories.users import UserRepository
from app.utils.ids import new_id
from app.utils.pages import Page
from app.utils.pages import PageRequest
from tests.unit.fakes import NO_DATABASE


@dataclass
class Tables:
    """The rows of every table, by id, and which users were locked, in their order."""

    users: dict[UUID, User] = field(default_factory=dict)
    sessions: dict[UUID, LoginSession] = field(default_factory=dict)
    tokens: dict[UUID, RefreshToken] = field(default_factory=dict)
    locked: list[UUID] = field(default_factory=list)


class FakeUsers(UserRepository):
    """Users in memory."""

    def __init__(self, tables: Tables) -> None:
        super().__init__(NO_DATABASE)
        self.tables = tables

    async def get(self, row_id: UUID, *, lock: bool = False) -> User | None:
        """The user with this id."""
        if lock:
            self.tables.locked.append(row_id)
        return self.tables.users.get(row_id)

    async def add(self, row: User) -> User:
        """Keep a new user."""
        if await self.find_by_email(row.email):
            raise Conflict("taken", code="email_taken")
        row.id = new_id()
        row.is_active = True
        self.tables.users[row.id] = row
        return row

    async def flush(self) -> None:
        """Nothing to send anywhere."""

    async def delete(self, row: User) -> None:
        """Forget a user."""
        del self.tables.users[row.id]

    async def find_by_email(self, email: str) -> User | None:
        """The user with this e-mail address."""
        return next((user for user in self.tables.users.values() if user.email == email), None)

    async def page(self, page: PageRequest) -> Page[User]:
        """All users."""
        return Page(items=list(self.tables.users.values()), next_cursor=None)

    async def lock_active_admins(self) -> list[User]:
        """Everyone who is an administrator."""
        users = self.tables.users.values()
        return [user for user in users if user.role == Role.ADMIN and user.is_active]


class FakeSessions(LoginSessionRepository):
    """Sessions in memory."""

    def __init__(self, tables: Tables) -> None:
        super().__init__(NO_DATABASE)
        self.tables = tables

    async def add(self, row: LoginSession) -> LoginSession:
        """Keep a new session."""
        row.id = new_id()
        self.tables.sessions[row.id] = row
        return row

    async def find_user(self, session_id: UUID, user_id: UUID, now: datetime) -> User | None:
        """The active user of a living session."""
        session = self.tables.sessions.get(session_id)
        user = self.tables.users.get(user_id)
        if session is None or user is None or session.user_id != user_id or not user.is_active:
            return None
        return user if session.revoked_at is None and session.expires_at > now else None

    async def revoke(self, session_id: UUID, now: datetime) -> None:
        """End a session."""
        self.tables.sessions[session_id].revoked_at = now

    async def revoke_all(self, user_id: UUID, now: datetime, *, keep: UUID | None = None) -> None:
        """End every session of a user but one."""
        for session in self.tables.sessions.values():
            if session.user_id == user_id and session.id != keep:
                session.revoked_at = now

    async def delete_expired(self, user_id: UUID, now: datetime) -> None:
        """Forget the sessions of a user whose time is up."""
        for session in list(self.tables.sessions.values()):
            if session.user_id == user_id and session.expires_at <= now:
                del self.tables.sessions[session.id]


class FakeTokens(RefreshTokenRepository):
    """Refresh tokens in memory."""

    def __init__(self, tables: Tables) -> None:
        super().__init__(NO_DATABASE)
        self.tables = tables

    async def add(self, row: RefreshToken) -> RefreshToken:
        """Keep a new token."""
        row.id = new_id()
        self.tables.tokens[row.id] = row
        return row

    async def find(self, fingerprint: str) -> FoundToken | None:
        """A token with its session and its user."""
        for token in self.tables.tokens.values():
            if token.fingerprint == fingerprint:
                session = self.tables.sessions[token.session_id]
                return FoundToken(token, session, self.tables.users[session.user_id])
        return None

    async def spend(self, token_id: UUID, now: datetime) -> bool:
        """Mark a token as spent; whether it was still unspent."""
        token = self.tables.tokens[token_id]
        if token.spent_at is not None:
            return False
        token.spent_at = now
        return True


class FakeAccounts(Accounts):
    """The repositories of one unit of work."""

    def __init__(self, tables: Tables) -> None:
        super().__init__(NO_DATABASE)
        self.users = FakeUsers(tables)
        self.sessions = FakeSessions(tables)
        self.tokens = FakeTokens(tables)


class FakeUnits(Units[Accounts]):
    """Units of work in memory; ``open`` counts those that have not ended."""

    def __init__(self, tables: Tables) -> None:
        self.accounts = FakeAccounts(tables)
        self.open = 0

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Accounts]:
        """Repositories for reading."""
        self.open += 1
        try:
            yield self.accounts
        finally:
            self.open -= 1

    write = read
