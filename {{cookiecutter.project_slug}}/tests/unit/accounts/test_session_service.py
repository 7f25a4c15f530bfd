"""The service for login sessions, without a database: mainly the chain of refresh tokens."""

from datetime import timedelta

import pytest

from app.core.exceptions import InvalidToken
from app.kit.exceptions import RateLimited
from app.models.login_session import LoginSession
from app.models.user import User
from app.schemas.tokens import TokenPair
from app.services.login_sessions import LoginSessionService
from app.utils.clock import utc_now
from tests.unit.accounts.fakes import FakeUnits
from tests.unit.accounts.fakes import Tables

LONG = timedelta(minutes=1)
IP = "192.0.2.1"


@pytest.fixture
async def user(units: FakeUnits) -> User:
    """Somebody with an account."""
    return await units.accounts.users.add(User(email="anna@example.com", password_hash="x"))


@pytest.fixture
async def pair(sessions: LoginSessionService, units: FakeUnits, user: User) -> TokenPair:
    """The tokens of their session."""
    return await sessions.start(units.accounts, user)


@pytest.fixture
def session(pair: TokenPair, tables: Tables) -> LoginSession:
    """That session."""
    (session,) = tables.sessions.values()
    return session


async def refused(sessions: LoginSessionService, token: str) -> None:
    """This token leads nowhere."""
    with pytest.raises(InvalidToken):
        await sessions.refresh(token)


async def test_an_access_token_tells_who_is_speaking(
    sessions: LoginSessionService, pair: TokenPair, user: User, session: LoginSession
) -> None:
    caller = await sessions.authenticate(pair.access_token)
    assert (caller.user, caller.session_id) == (user, session.id)
    assert (pair.token_type, pair.expires_in) == ("bearer", 15 * 60)


async def test_a_refresh_token_is_no_access_token(
    sessions: LoginSessionService, pair: TokenPair
) -> None:
    with pytest.raises(InvalidToken):
        await sessions.authenticate(pair.refresh_token)
    await refused(sessions, pair.access_token)


async def test_a_chain_goes_on_and_on(sessions: LoginSessionService, pair: TokenPair) -> None:
    seen = {pair.refresh_token}
    for _ in range(10):
        pair = await sessions.refresh(pair.refresh_token)
        assert pair.refresh_token not in seen
        seen.add(pair.refresh_token)


async def test_no_token_is_stored(
    sessions: LoginSessionService, pair: TokenPair, tables: Tables
) -> None:
    successor = await sessions.refresh(pair.refresh_token)
    stored = {token.fingerprint for token in tables.tokens.values()}
    assert len(stored) == 2
    assert not stored & {pair.refresh_token, successor.refresh_token}


async def test_a_lost_response_is_sent_again_however_late_and_often(
    sessions: LoginSessionService, pair: TokenPair, tables: Tables, session: LoginSession
) -> None:
    lost = await sessions.refresh(pair.refresh_token)
    for _ in range(3):
        session.expires_at = utc_now() + LONG  # 30 days after the first attempt, less a minute
        again = await sessions.refresh(pair.refresh_token)
        assert again.refresh_token == lost.refresh_token
        assert session.expires_at - utc_now() > timedelta(days=29)
    assert len(tables.tokens) == 2


async def test_a_repeat_after_an_access_token_was_used_ends_the_session(
    sessions: LoginSessionService, pair: TokenPair, session: LoginSession
) -> None:
    successor = await sessions.refresh(pair.refresh_token)
    await sessions.authenticate(successor.access_token)
    await refused(sessions, pair.refresh_token)
    assert session.revoked_at is not None
    await refused(sessions, successor.refresh_token)
    with pytest.raises(InvalidToken):
        await sessions.authenticate(successor.access_token)


async def test_an_older_access_token_shows_nothing_about_the_successor(
    sessions: LoginSessionService, pair: TokenPair
) -> None:
    lost = await sessions.refresh(pair.refresh_token)
    await sessions.authenticate(pair.access_token)
    assert (await sessions.refresh(pair.refresh_token)).refresh_token == lost.refresh_token


async def test_the_first_use_of_each_pair_is_noted_and_no_other(
    sessions: LoginSessionService, pair: TokenPair, tables: Tables
) -> None:
    for _ in range(2):
        await sessions.authenticate(pair.access_token)
    second = await sessions.refresh(pair.refresh_token)
    for each in (pair, second, pair, second):
        await sessions.authenticate(each.access_token)
    assert tables.marks == [1, 2]


async def test_a_pair_without_the_refresh_token_ends_the_chain_as_a_refresh_does(
    sessions: LoginSessionService, units: FakeUnits, pair: TokenPair, session: LoginSession
) -> None:
    renewed = await sessions.renew(units.accounts, session.id)
    again = await sessions.refresh(pair.refresh_token)  # by a client that lost the response
    assert again.refresh_token == renewed.refresh_token != pair.refresh_token
    await sessions.authenticate(renewed.access_token)
    await refused(sessions, pair.refresh_token)
    with pytest.raises(InvalidToken):
        await sessions.renew(units.accounts, session.id)


async def test_two_lost_responses_in_a_row_end_no_session(
    sessions: LoginSessionService, units: FakeUnits, pair: TokenPair, session: LoginSession
) -> None:
    await sessions.authenticate(pair.access_token)
    await sessions.refresh(pair.refresh_token)
    lost = await sessions.renew(units.accounts, session.id)
    again = await sessions.refresh(pair.refresh_token)
    assert again.refresh_token == lost.refresh_token
    await sessions.authenticate(again.access_token)


async def test_a_grandparent_is_not_forgiven(
    sessions: LoginSessionService, pair: TokenPair, session: LoginSession
) -> None:
    child = await sessions.refresh(pair.refresh_token)
    await sessions.refresh(child.refresh_token)
    await refused(sessions, pair.refresh_token)
    assert session.revoked_at is not None


async def test_a_session_that_has_ended_stays_so(
    sessions: LoginSessionService, pair: TokenPair, session: LoginSession
) -> None:
    await sessions.log_out(pair.refresh_token, IP)
    ended = session.revoked_at
    assert ended is not None
    await refused(sessions, pair.refresh_token)
    with pytest.raises(InvalidToken):
        await sessions.authenticate(pair.access_token)


async def test_the_time_of_a_session_is_limited_however_it_is_used(
    sessions: LoginSessionService, pair: TokenPair, session: LoginSession
) -> None:
    session.created_at = utc_now() - timedelta(days=179)
    await sessions.refresh(pair.refresh_token)
    assert session.expires_at == session.created_at + timedelta(days=180)
    session.expires_at = utc_now() - LONG
    await refused(sessions, pair.refresh_token)


async def test_a_session_that_is_not_used_expires(
    sessions: LoginSessionService, pair: TokenPair, session: LoginSession
) -> None:
    assert timedelta(days=29) < session.expires_at - utc_now() <= timedelta(days=30)
    session.expires_at = utc_now()
    await refused(sessions, pair.refresh_token)


async def test_a_user_who_is_not_active_is_out(
    sessions: LoginSessionService, pair: TokenPair, user: User
) -> None:
    user.is_active = False
    await refused(sessions, pair.refresh_token)
    with pytest.raises(InvalidToken):
        await sessions.authenticate(pair.access_token)


async def test_logging_out_everywhere_ends_every_session(
    sessions: LoginSessionService, units: FakeUnits, user: User, tables: Tables
) -> None:
    pairs = [await sessions.start(units.accounts, user) for _ in range(3)]
    await sessions.log_out_everywhere(user.id)
    assert all(session.revoked_at for session in tables.sessions.values())
    for pair in pairs:
        await refused(sessions, pair.refresh_token)


async def test_one_session_goes_on_so_often_only(
    sessions: LoginSessionService, pair: TokenPair
) -> None:
    for _ in range(25):
        pair = await sessions.refresh(pair.refresh_token)
    with pytest.raises(RateLimited):
        await sessions.refresh(pair.refresh_token)
