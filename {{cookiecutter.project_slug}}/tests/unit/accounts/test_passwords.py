"""Passwords: hashed whole, checked in any age of hash, renewed when the cost rises."""

import asyncio
import threading
from collections.abc import Iterator

import bcrypt
import pytest

from app.core.exceptions import PasswordQueueFull
from app.core.passwords import MAX_PASSWORD_LENGTH
from app.core.passwords import PasswordHasher
from tests.support.waiting import MAX_WAIT_SECONDS

PASSWORD = "correct horse"


@pytest.fixture
def hasher() -> Iterator[PasswordHasher]:
    """A hasher as quick as bcrypt can be."""
    hasher = PasswordHasher(rounds=4)
    yield hasher
    hasher.close()


@pytest.fixture
def spent(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """What each hash from now on has cost: 2 ** rounds."""
    hashpw, costs = bcrypt.hashpw, []

    def count(secret: bytes, salt: bytes) -> bytes:
        password_hash = hashpw(secret, salt)
        costs.append(2 ** int(salt.split(b"$")[2]))
        return password_hash

    monkeypatch.setattr(bcrypt, "hashpw", count)
    return costs


async def test_only_the_right_password_is_right(hasher: PasswordHasher) -> None:
    password_hash = await hasher.hash(PASSWORD)
    assert PASSWORD not in password_hash
    assert await hasher.verify(PASSWORD, password_hash) == (True, False)
    assert await hasher.verify(PASSWORD + "x", password_hash) == (False, False)


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
    assert await stronger.verify(PASSWORD, old) == (True, True)
    assert await stronger.verify(PASSWORD, await stronger.hash(PASSWORD)) == (True, False)
    assert await stronger.verify("wrong horse", old) == (False, False)
    stronger.close()


@pytest.mark.parametrize("rounds", [4, 5])
async def test_a_hash_costs_what_the_setting_says(rounds: int) -> None:
    hasher = PasswordHasher(rounds)
    assert f",r={rounds}$" in await hasher.hash(PASSWORD)
    hasher.close()


async def test_a_plain_bcrypt_hash_is_taken_and_renewed(hasher: PasswordHasher) -> None:
    plain = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    assert await hasher.verify(PASSWORD, plain) == (True, True)
    assert (await hasher.hash(PASSWORD)).startswith("$bcrypt-sha256$")


@pytest.mark.parametrize("password", ["", "short", "x" * (MAX_PASSWORD_LENGTH + 1), "x" * 100_000])
async def test_what_cannot_be_a_password_is_wrong(hasher: PasswordHasher, password: str) -> None:
    plain = bcrypt.hashpw(b"short", bcrypt.gensalt(4)).decode()
    assert await hasher.verify(password, plain) == (False, False)


@pytest.mark.parametrize("password_hash", ["", "!", "plain text", "$2b$04$short"])
async def test_what_is_no_hash_fits_no_password(hasher: PasswordHasher, password_hash: str) -> None:
    assert await hasher.verify(PASSWORD, password_hash) == (False, False)


async def test_plain_bcrypt_and_a_long_password_do_not_fit(hasher: PasswordHasher) -> None:
    plain = bcrypt.hashpw(b"x" * 72, bcrypt.gensalt(4)).decode()
    assert await hasher.verify("x" * 100, plain) == (False, False)


@pytest.mark.parametrize("stored", [4, 5, 6, 7])
async def test_every_check_costs_the_same(spent: list[int], stored: int) -> None:
    hasher = PasswordHasher(rounds=6)
    sha = PasswordHasher(rounds=stored)
    known = await sha.hash(PASSWORD)
    plain = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(stored)).decode()
    await hasher.verify(PASSWORD, known)  # from now on it is known how much a check costs
    costs = []
    for password in (PASSWORD, "wrong horse", "short", "x" * 100):
        for password_hash in (known, plain, None, "!", "$2b$04$short"):
            spent.clear()
            await hasher.verify(password, password_hash)
            costs.append(sum(spent))
    assert set(costs) == {2 ** max(stored, 6)}
    sha.close()
    hasher.close()


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
        together.wait(timeout=MAX_WAIT_SECONDS)
        busy.release()
        return "hash"

    monkeypatch.setattr(hasher._context, "hash", hold)
    assert await asyncio.gather(*(hasher.hash(PASSWORD) for _ in range(4))) == ["hash"] * 4
    hasher.close()


async def test_the_first_check_waits_for_nothing(spent: list[int]) -> None:
    hasher = PasswordHasher(rounds=4, workers=1)
    hasher.warm_up()
    await hasher._threads.run(lambda: None)
    assert spent[-1] == 2**4
    hasher.close()


async def test_one_beyond_the_queue_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    hasher = PasswordHasher(rounds=4, workers=1, queue_size=0)
    release = threading.Event()
    monkeypatch.setattr(hasher._context, "hash", lambda _: release.wait(MAX_WAIT_SECONDS))
    first = asyncio.ensure_future(hasher.hash(PASSWORD))
    await asyncio.sleep(0)
    for attempt in (hasher.hash(PASSWORD), hasher.verify(PASSWORD, None)):
        with pytest.raises(PasswordQueueFull):
            await attempt
    release.set()
    await first
    hasher.close()
