"""Access tokens: what is in one, and that nothing else passes for one."""

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

import pytest
from jose import jwt

from app.core.exceptions import InvalidToken
from app.core.security import AccessTokens
from app.utils.ids import new_id

SECRET = "0123456789abcdefghijklmnopqrstuv"
TOKENS = AccessTokens(SECRET, issuer="shop", lifetime=timedelta(minutes=15))


@pytest.fixture
def good() -> str:
    """A token that is accepted."""
    return TOKENS.issue(new_id(), new_id(), 1)


def encoded(part: str | bytes) -> str:
    """A part of a token."""
    data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def signed(header: str, claims: str, secret: str = SECRET) -> str:
    """A token with a right signature over whatever it holds."""
    content = f"{encoded(header)}.{encoded(claims)}"
    signature = hmac.digest(secret.encode(), content.encode(), hashlib.sha256)
    return f"{content}.{encoded(signature)}"


def with_claims(token: str, **changes: Any) -> str:
    """This token but for these claims; None leaves one out."""
    claims = {**jwt.get_unverified_claims(token), **changes}
    kept = {name: value for name, value in claims.items() if value is not None}
    return signed('{"alg":"HS256","typ":"JWT"}', json.dumps(kept))


def test_a_token_speaks_for_a_user_in_a_session() -> None:
    user_id, session_id = new_id(), new_id()
    claims = TOKENS.read(TOKENS.issue(user_id, session_id, 7))
    assert (claims.user_id, claims.session_id, claims.generation) == (user_id, session_id, 7)


def test_a_token_holds_every_claim_and_no_more(good: str) -> None:
    claims = jwt.get_unverified_claims(good)
    assert set(claims) == {"sub", "sid", "gen", "jti", "iat", "exp", "iss", "aud", "typ"}
    assert claims["exp"] - claims["iat"] == 15 * 60
    assert claims["jti"] != jwt.get_unverified_claims(TOKENS.issue(new_id(), new_id(), 1))["jti"]
    assert jwt.get_unverified_header(good)["alg"] == "HS256"


def test_the_tests_make_tokens_that_pass(good: str) -> None:
    assert TOKENS.read(with_claims(good)) == TOKENS.read(good)


@pytest.mark.parametrize("claim", ["sub", "sid", "gen", "jti", "iat", "exp", "iss", "aud", "typ"])
def test_no_claim_may_be_missing(claim: str, good: str) -> None:
    with pytest.raises(InvalidToken):
        TOKENS.read(with_claims(good, **{claim: None}))


@pytest.mark.parametrize(
    ("claim", "value"),
    [
        ("typ", "refresh"),
        ("typ", 1),
        ("iss", "other"),
        ("iss", ["shop"]),
        ("aud", "other"),
        ("aud", []),
        ("aud", {"shop": 1}),
        ("sub", "anna"),
        ("sub", 7),
        ("sub", ""),
        ("sid", "none"),
        ("sid", {}),
        ("gen", "first"),
        ("gen", {}),
        ("exp", 0),
        ("exp", "soon"),
        ("exp", 1e400),
        ("exp", float("nan")),
        ("exp", -(10**30)),
        ("exp", {}),
        ("iat", "then"),
        ("jti", 5),
    ],
)
def test_no_claim_may_be_wrong(claim: str, value: Any, good: str) -> None:
    with pytest.raises(InvalidToken):
        TOKENS.read(with_claims(good, **{claim: value}))


@pytest.mark.parametrize(
    "header",
    [
        '{"alg":"none"}',
        '{"alg":"HS512"}',
        '{"alg":"RS256"}',
        '{"alg":["HS256"]}',
        '{"alg":null}',
        "{}",
        "[]",
        "5",
        '"HS256"',
        "null",
        "",
        "[" * 1100,
        '{"a":' * 700,
        "\ud800",
    ],
)
def test_no_header_may_be_wrong(header: str, good: str) -> None:
    with pytest.raises(InvalidToken):
        TOKENS.read(signed(header, json.dumps(jwt.get_unverified_claims(good))))


@pytest.mark.parametrize("claims", ["", "[]", "5", "null", '"x"', "{", "[" * 1100, "\ud800"])
def test_claims_must_be_an_object(claims: str) -> None:
    with pytest.raises(InvalidToken):
        TOKENS.read(signed('{"alg":"HS256"}', claims))


@pytest.mark.parametrize(
    "token", ["", ".", "..", "...", "a.b.c", "ä.ö.ü", "\0", "=.=.=", "x" * 5000]
)
def test_nothing_else_is_a_token(token: str) -> None:
    with pytest.raises(InvalidToken):
        TOKENS.read(token)


def test_a_good_token_must_be_whole_and_nothing_more(good: str) -> None:
    content = good.rpartition(".")[0]
    for token in (good[:-1], f"{content}.", f" {good}", with_claims(good, more="x" * 5000)):
        with pytest.raises(InvalidToken):
            TOKENS.read(token)


def test_a_token_without_a_signature_is_refused(good: str) -> None:
    claims = json.dumps(jwt.get_unverified_claims(good))
    content = f"{encoded(json.dumps({'alg': 'none'}))}.{encoded(claims)}."
    with pytest.raises(InvalidToken):
        TOKENS.read(content)


def test_another_secret_makes_other_tokens(good: str) -> None:
    other = AccessTokens(SECRET + "x", issuer="shop", lifetime=timedelta(minutes=15))
    with pytest.raises(InvalidToken):
        other.read(good)


def test_a_token_of_the_previous_secret_is_read_and_none_is_made(good: str) -> None:
    minutes = timedelta(minutes=15)
    both = AccessTokens("new" + SECRET, SECRET, issuer="shop", lifetime=minutes)
    assert both.read(good) == TOKENS.read(good)
    token = both.issue(new_id(), new_id(), 1)
    assert both.read(token)
    with pytest.raises(InvalidToken):
        TOKENS.read(token)


@pytest.mark.parametrize("secret", ['{"k": "v"}', "-----BEGIN PUBLIC KEY-----", "ssh-rsa AAAA"])
def test_a_secret_is_bytes_whatever_it_looks_like(secret: str) -> None:
    tokens = AccessTokens(secret, issuer="shop", lifetime=timedelta(minutes=15))
    user_id = new_id()
    assert tokens.read(tokens.issue(user_id, new_id(), 1)).user_id == user_id


def test_a_token_dies_after_its_time_and_some_seconds() -> None:
    for age, lives in ((timedelta(seconds=-2), True), (timedelta(minutes=-2), False)):
        token = AccessTokens(SECRET, issuer="shop", lifetime=age).issue(new_id(), new_id(), 1)
        if lives:
            assert TOKENS.read(token)
        else:
            with pytest.raises(InvalidToken):
                TOKENS.read(token)
