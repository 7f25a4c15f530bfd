"""AccountRepositories in memory: users, sessions, refresh tokens, and units of work on them.

They derive from the real repositories, so that the type checker holds them to the same signatures.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from dataclasses import field
from datetime import datetime
from uuid import UUID

from app.core.permissions import Role
from app.kit.db.unit_of_work import UnitOfWork
from app.kit.exceptions import Conflict
from app.kit.pagination import Page
from app.kit.pagination import PageRequest
from app.models.login_session import LoginSession
from app.models.login_session import RefreshToken
from app.models.user import User
from app.repositories.accounts import AccountRepositories
from app.repositories.known_client_ips import KnownClientIpRepository
from app.repositories.login_sessions import LoginSessionRepository
from app.repositories.refresh_tokens import FoundToken
from app.repositories.refresh_tokens import RefreshTokenRepository
from app.repositories.users import UserRepository
from app.utils.ids import new_id
from tests.unit.fakes import NO_DATABASE


@dataclass
class Tables:
    """The rows of every table, by id; which users were locked, and which tokens marked as used."""

    users: dict[UUID, User] = field(default_factory=dict)
    sessions: dict[UUID, LoginSession] = field(default_factory=dict)
    tokens: dict[UUID, RefreshToken] = field(default_factory=dict)
    known_ips: set[tuple[UUID, str]] = field(default_factory=set)
    locked: list[UUID] = field(default_factory=list)
    marks: list[int] = field(default_factory=list)


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

    async def get(self, row_id: UUID, *, lock: bool = False) -> LoginSession | None:
        """The session with this id."""
        return self.tables.sessions.get(row_id)

    async def find_user(
        self, session_id: UUID, user_id: UUID, now: datetime
    ) -> tuple[User, int] | None:
        """The active user of a living session."""
        session = self.tables.sessions.get(session_id)
        user = self.tables.users.get(user_id)
        if session is None or user is None or session.user_id != user_id or not user.is_active:
            return None
        if session.revoked_at is not None or session.expires_at <= now:
            return None
        return user, session.used_generation

    async def mark_used(self, session_id: UUID, generation: int) -> None:
        """Note which tokens were used."""
        self.tables.marks.append(generation)
        self.tables.sessions[session_id].used_generation = generation

    async def revoke(self, session_id: UUID, now: datetime) -> None:
        """End a session."""
        self.tables.sessions[session_id].revoked_at = now

    async def revoke_all(self, user_id: UUID, now: datetime, *, keep: UUID | None = None) -> None:
        """End every session of a user but one."""
        for session in self.tables.sessions.values():
            if session.user_id == user_id and session.id != keep:
                session.revoked_at = now


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

    async def newest(self, session_id: UUID, limit: int) -> list[RefreshToken]:
        """The newest tokens of a session."""
        tokens = [row for row in self.tables.tokens.values() if row.session_id == session_id]
        return sorted(tokens, key=lambda token: -token.generation)[:limit]


class FakeKnownIps(KnownClientIpRepository):
    """Known addresses in memory: none is ever pruned."""

    def __init__(self, tables: Tables) -> None:
        super().__init__(NO_DATABASE)
        self.tables = tables

    async def contains(self, email: str, ip_hash: str, now: datetime) -> bool:
        """Whether somebody with this e-mail address has signed in from there."""
        user_ids = {user.id for user in self.tables.users.values() if user.email == email}
        return any((user_id, ip_hash) in self.tables.known_ips for user_id in user_ids)

    async def remember(self, user_id: UUID, ip_hash: str, expires_at: datetime) -> None:
        """Add an address of a user."""
        self.tables.known_ips.add((user_id, ip_hash))

    async def prune(self, user_id: UUID, now: datetime, keep: int) -> None:
        """Keep all."""


class FakeAccounts(AccountRepositories):
    """The repositories of one unit of work."""

    def __init__(self, tables: Tables) -> None:
        super().__init__(NO_DATABASE)
        self.users = FakeUsers(tables)
        self.sessions = FakeSessions(tables)
        self.tokens = FakeTokens(tables)
        self.known_ips = FakeKnownIps(tables)


class FakeUnits(UnitOfWork[AccountRepositories]):
    """UnitOfWork of work in memory; ``open`` counts those that have not ended."""

    def __init__(self, tables: Tables) -> None:
        self.accounts = FakeAccounts(tables)
        self.open = 0

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AccountRepositories]:
        """Repositories for reading."""
        self.open += 1
        try:
            yield self.accounts
        finally:
            self.open -= 1

    write = read
