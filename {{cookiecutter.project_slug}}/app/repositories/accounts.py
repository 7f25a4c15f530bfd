"""The repositories that one unit of work on accounts needs."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.repositories.login_sessions import LoginSessionRepository
from app.repositories.refresh_tokens import RefreshTokenRepository
from app.repositories.users import UserRepository


class Accounts:
    """Users, their sessions and the tokens of these, on one database session."""

    def __init__(self, session: AsyncSession) -> None:
        self.users = UserRepository(session)
        self.sessions = LoginSessionRepository(session)
        self.tokens = RefreshTokenRepository(session)
