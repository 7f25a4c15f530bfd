"""Passwords: hashed whole, checked in any age of hash, renewed when the cost rises."""

import asyncio
import threading
from collections.abc import Iterator

import bcrypt
import pytest

from app.core.passwords import LONGEST
from app.core.passwords import PasswordHasher

PASSWORD = "correct horse"


@pytest.fixture
def hasher() -> Iterator[PasswordHasher]:
    """A hasher as quick as bcrypt can be."""
    hasher = PasswordHasher(rounds=4)
    yield hasher
    hasher.close()


async def test_only_the_right_password_is_right(hasher: PasswordHasher) -> None:
    password_hash = await hasher.hash(PASSWORD)
    assert PASSWORD not in password_hash
    assert await hasher.verify(PASSWORD, password_hash) == (True, None)
    assert await hasher.verify(PASSWORD + "x", password_hash) == (False, None)


async def test_the_same_password_has_many_hashes(hasher: PasswordHasher) -> None:
    assert await hasher.hash(PASSWORD) != await hasher.hash(PASSWORD)


@pytest.mark.parametrize("start", ["x" * 99, "x" * 72, "NUL\0 inside", "ä" * 60])
async def test_nothing_of_a_password_is_cut(hasher: PasswordHasher, start: str) -> None:
    password_hash = await hasher.hash(start + "1")
    assert (await hasher.verify(start + "1", password_hash))[0]
    assert not (await hasher.verify(start + "2", password_hash))[0]


async def test_a_hash_is_renewed_when_the_cost_rises(hasher: PasswordHasher) -> None:
    old = await hasher.hash(PASSWORD)
    stronger = PasswordHasher(rounds=5)
    right, new = await stronger.verify(PASSWORD, old)
    assert right
    assert new is not None
    assert await stronger.verify(PASSWORD, new) == (True, None)
    assert await stronger.verify("wrong horse", old) == (False, None)
    stronger.close()


@pytest.mark.parametrize("rounds", [4, 5])
async def test_a_hash_costs_what_the_setting_says(rounds: int) -> None:
    hasher = PasswordHasher(rounds)
    assert f",r={rounds}$" in await hasher.hash(PASSWORD)
    hasher.close()


async def test_a_plain_bcrypt_hash_is_taken_and_renewed(hasher: PasswordHasher) -> None:
    plain = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    right, new = await hasher.verify(PASSWORD, plain)
    assert right
    assert new is not None
    assert new.startswith("$bcrypt-sha256$")


@pytest.mark.parametrize("password", ["", "short", "x" * (LONGEST + 1), "x" * 100_000])
async def test_what_cannot_be_a_password_is_wrong(hasher: PasswordHasher, password: str) -> None:
    plain = bcrypt.hashpw(b"short", bcrypt.gensalt(4)).decode()
    assert await hasher.verify(password, plain) == (False, None)


@pytest.mark.parametrize("password_hash", ["", "!", "plain text", "$2b$04$short"])
async def test_what_is_no_hash_fits_no_password(hasher: PasswordHasher, password_hash: str) -> None:
    assert await hasher.verify(PASSWORD, password_hash) == (False, None)


async def test_plain_bcrypt_and_a_long_password_do_not_fit(hasher: PasswordHasher) -> None:
    plain = bcrypt.hashpw(b"x" * 72, bcrypt.gensalt(4)).decode()
    assert await hasher.verify("x" * 100, plain) == (False, None)


@pytest.mark.parametrize("password", [PASSWORD, "short"])
async def test_who_is_unknown_costs_a_check_too(
    hasher: PasswordHasher, monkeypatch: pytest.MonkeyPatch, password: str
) -> None:
    checks: list[str] = []
    monkeypatch.setattr(hasher._context, "dummy_verify", lambda: checks.append("dummy"))
    assert await hasher.verify(password, None) == (False, None)
    assert checks == ["dummy"]


async def test_hashing_happens_in_a_thread_of_its_own(
    hasher: PasswordHasher, monkeypatch: pytest.MonkeyPatch
) -> None:
    names: list[str] = []

    def remember(_password: str) -> str:
        names.append(threading.current_thread().name)
        return "hash"

    monkeypatch.setattr(hasher._context, "hash", remember)
    await hasher.hash(PASSWORD)
    assert names[0].startswith("password")


@pytest.mark.parametrize("workers", [1, 2])
async def test_so_many_passwords_are_hashed_at_once(
    monkeypatch: pytest.MonkeyPatch, workers: int
) -> None:
    hasher = PasswordHasher(rounds=4, workers=workers)
    busy, together = threading.Semaphore(workers), threading.Barrier(workers)

    def hold(_password: str) -> str:
        assert busy.acquire(blocking=False)
        together.wait(timeout=60)
        busy.release()
        return "hash"

    monkeypatch.setattr(hasher._context, "hash", hold)
    assert await asyncio.gather(*(hasher.hash(PASSWORD) for _ in range(4))) == ["hash"] * 4
    hasher.close()


def test_the_first_check_waits_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    hasher, warm = PasswordHasher(rounds=4), threading.Event()
    monkeypatch.setattr(hasher._context, "dummy_verify", warm.set)
    hasher.warm_up()
    assert warm.wait(timeout=60)
    hasher.close()


async def test_at_the_end_nobody_waits_and_what_waits_is_dropped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hasher = PasswordHasher(rounds=4, workers=1)
    begun, release = threading.Event(), threading.Event()

    def hold(_password: str) -> str:
        begun.set()
        release.wait(timeout=60)
        return "hash"

    monkeypatch.setattr(hasher._context, "hash", hold)
    first, second = (asyncio.ensure_future(hasher.hash(name)) for name in ("first", "second"))
    await asyncio.to_thread(begun.wait, 60)
    hasher.close()
    assert not first.done()
    release.set()
    assert await first == "hash"
    with pytest.raises(asyncio.CancelledError):
        await second
