"""The repositories that share one unit of work on accounts."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.repositories.known_client_ips import KnownClientIpRepository
from app.repositories.login_sessions import LoginSessionRepository
from app.repositories.refresh_tokens import RefreshTokenRepository
from app.repositories.users import InvitationRepository
from app.repositories.users import UserRepository


class AccountRepositories:
    """The repositories of users, login sessions and their tokens, on one database session."""

    def __init__(self, session: AsyncSession) -> None:
        self.users = UserRepository(session)
        self.sessions = LoginSessionRepository(session)
        self.tokens = RefreshTokenRepository(session)
        self.invitations = InvitationRepository(session)
        self.known_ips = KnownClientIpRepository(session)
