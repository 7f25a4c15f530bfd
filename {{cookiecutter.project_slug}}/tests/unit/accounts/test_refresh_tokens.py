"""Refresh tokens: random, followed by exactly one other, and stored as fingerprints."""

import base64
import hashlib

from app.core.security import RefreshTokens

TOKENS = RefreshTokens("secret")


def test_a_token_has_256_bits_and_is_new_each_time() -> None:
    tokens = [TOKENS.new() for _ in range(100)]
    assert len(set(tokens)) == 100
    assert {len(base64.urlsafe_b64decode(token + "=")) for token in tokens} == {32}


def test_a_token_has_one_successor() -> None:
    first = TOKENS.new()
    second = TOKENS.successor(first)
    assert TOKENS.successor(first) == second
    assert len({first, second, TOKENS.successor(second), TOKENS.successor("other")}) == 4
    assert len(base64.urlsafe_b64decode(second + "=")) == 32


def test_another_version_of_this_program_gives_the_same_successor() -> None:
    assert TOKENS.successor("token") == "CSBrdmW4pTXrQCMudbtn1qAcN1sQSnL1_osuVoAlnvs"


def test_nobody_knows_the_successor_without_the_secret() -> None:
    assert RefreshTokens("another").successor("token") != TOKENS.successor("token")


def test_a_successor_is_found_by_its_fingerprint_under_both_secrets() -> None:
    both = RefreshTokens("another", "secret")
    for tokens in (TOKENS, RefreshTokens("another")):
        successor = tokens.successor("token")
        assert both.find_successor(both.fingerprint(successor), ("x", "token")) == successor
        assert both.find_successor(both.fingerprint(successor), ("x",)) is None
    unknown = RefreshTokens("a third").successor("token")
    assert both.find_successor(both.fingerprint(unknown), ("token",)) is None


def test_a_fingerprint_is_a_hash() -> None:
    assert TOKENS.fingerprint("token") == hashlib.sha256(b"token").hexdigest()
