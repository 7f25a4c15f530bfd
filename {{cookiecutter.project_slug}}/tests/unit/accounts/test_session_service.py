"""Use cases of sessions, without a database: the chain of refresh tokens above all."""

from datetime import timedelta

import pytest

from app.core.exceptions import InvalidToken
from app.core.exceptions import RateLimited
from app.models.login_session import LoginSession
from app.models.user import User
from app.schemas.tokens import TokenPair
from app.services.sessions import SessionService
from app.utils.clock import utc_now
from tests.unit.accounts.fakes import FakeUnits
from tests.unit.accounts.fakes import Tables

LONG = timedelta(minutes=1)


@pytest.fixture
async def user(units: FakeUnits) -> User:
    """Somebody with an account."""
    return await units.accounts.users.add(User(email="anna@example.com", password_hash="x"))


@pytest.fixture
async def pair(sessions: SessionService, units: FakeUnits, user: User) -> TokenPair:
    """The tokens of their session."""
    return await sessions.open(units.accounts, user)


@pytest.fixture
def session(pair: TokenPair, tables: Tables) -> LoginSession:
    """That session."""
    (session,) = tables.sessions.values()
    return session


async def refused(sessions: SessionService, token: str) -> None:
    """This token leads nowhere."""
    with pytest.raises(InvalidToken):
        await sessions.refresh(token)


def long_ago(tables: Tables) -> None:
    """Everything that was spent was spent a while ago."""
    for token in tables.tokens.values():
        if token.spent_at is not None:
            token.spent_at -= LONG


async def test_an_access_token_tells_who_is_speaking(
    sessions: SessionService, pair: TokenPair, user: User, session: LoginSession
) -> None:
    caller = await sessions.authenticate(pair.access_token)
    assert (caller.user, caller.session_id) == (user, session.id)
    assert (pair.token_type, pair.expires_in) == ("bearer", 15 * 60)


async def test_a_refresh_token_is_no_access_token(
    sessions: SessionService, pair: TokenPair
) -> None:
    with pytest.raises(InvalidToken):
        await sessions.authenticate(pair.refresh_token)
    await refused(sessions, pair.access_token)


async def test_a_chain_goes_on_and_on(sessions: SessionService, pair: TokenPair) -> None:
    seen = {pair.refresh_token}
    for _ in range(10):
        pair = await sessions.refresh(pair.refresh_token)
        assert pair.refresh_token not in seen
        seen.add(pair.refresh_token)


async def test_no_token_is_stored(
    sessions: SessionService, pair: TokenPair, tables: Tables
) -> None:
    successor = await sessions.refresh(pair.refresh_token)
    stored = {token.fingerprint for token in tables.tokens.values()}
    assert len(stored) == 2
    assert not stored & {pair.refresh_token, successor.refresh_token}


async def test_a_repeat_just_now_gets_the_same_successor(
    sessions: SessionService, pair: TokenPair, tables: Tables
) -> None:
    first = await sessions.refresh(pair.refresh_token)
    second = await sessions.refresh(pair.refresh_token)
    assert first.refresh_token == second.refresh_token
    assert len(tables.tokens) == 2


async def test_a_repeat_too_late_ends_the_session(
    sessions: SessionService, pair: TokenPair, tables: Tables, session: LoginSession
) -> None:
    successor = await sessions.refresh(pair.refresh_token)
    long_ago(tables)
    await refused(sessions, pair.refresh_token)
    assert session.revoked_at is not None
    await refused(sessions, successor.refresh_token)
    with pytest.raises(InvalidToken):
        await sessions.authenticate(successor.access_token)


async def test_a_grandparent_is_not_forgiven(
    sessions: SessionService, pair: TokenPair, session: LoginSession
) -> None:
    child = await sessions.refresh(pair.refresh_token)
    await sessions.refresh(child.refresh_token)
    await refused(sessions, pair.refresh_token)
    assert session.revoked_at is not None


async def test_a_session_that_has_ended_stays_so(
    sessions: SessionService, pair: TokenPair, session: LoginSession
) -> None:
    await sessions.log_out(pair.refresh_token)
    ended = session.revoked_at
    assert ended is not None
    await refused(sessions, pair.refresh_token)
    with pytest.raises(InvalidToken):
        await sessions.authenticate(pair.access_token)


async def test_the_time_of_a_session_is_limited_however_it_is_used(
    sessions: SessionService, pair: TokenPair, tables: Tables, session: LoginSession
) -> None:
    session.expires_at = utc_now() + LONG
    await sessions.refresh(pair.refresh_token)
    assert {token.expires_at <= session.expires_at for token in tables.tokens.values()} == {
        True,
        False,  # the first token was made when the session had longer to live
    }
    session.expires_at = utc_now() - LONG
    await refused(sessions, pair.refresh_token)


async def test_an_unused_token_expires(
    sessions: SessionService, pair: TokenPair, tables: Tables
) -> None:
    (token,) = tables.tokens.values()
    assert token.expires_at - utc_now() > timedelta(days=29)
    token.expires_at = utc_now()
    await refused(sessions, pair.refresh_token)


async def test_a_user_who_is_not_active_is_out(
    sessions: SessionService, pair: TokenPair, user: User
) -> None:
    user.is_active = False
    await refused(sessions, pair.refresh_token)
    with pytest.raises(InvalidToken):
        await sessions.authenticate(pair.access_token)


async def test_logging_out_everywhere_ends_every_session(
    sessions: SessionService, units: FakeUnits, user: User, tables: Tables
) -> None:
    pairs = [await sessions.open(units.accounts, user) for _ in range(3)]
    await sessions.log_out_everywhere(user.id)
    assert all(session.revoked_at for session in tables.sessions.values())
    for pair in pairs:
        await refused(sessions, pair.refresh_token)


async def test_sessions_whose_time_is_up_are_forgotten_at_the_next_login(
    sessions: SessionService, units: FakeUnits, user: User, session: LoginSession, tables: Tables
) -> None:
    session.expires_at = utc_now()
    await sessions.open(units.accounts, user)
    assert session.id not in tables.sessions
    assert len(tables.sessions) == 1


async def test_one_session_goes_on_so_often_only(sessions: SessionService, pair: TokenPair) -> None:
    for _ in range(25):
        pair = await sessions.refresh(pair.refresh_token)
    with pytest.raises(RateLimited):
        await sessions.refresh(pair.refresh_token)
