"""The circuit breaker opens after consecutive failures, and a successful trial closes it."""

import pytest

from app.kit.circuit_breaker import CircuitBreaker
from app.kit.exceptions import Unavailable


class Clock:
    """A clock that tests advance."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Paused(Unavailable):
    """What a circuit breaker raises while it is open."""

    code = "paused"
    detail = "The server is paused."


@pytest.fixture
def clock() -> Clock:
    """Return a fake clock."""
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> CircuitBreaker:
    """Return a circuit breaker that opens after four failures, for ten seconds."""
    return CircuitBreaker(4, 10, Paused, clock)


def call(breaker: CircuitBreaker, user: str, *, succeeded: bool | None) -> None:
    """Make one call; None stands for a client that left, or a rejected request."""
    with breaker.attempt(user) as attempt:
        attempt.succeeded = succeeded


def fail(breaker: CircuitBreaker, *names: str) -> None:
    """Make one failing call for each name."""
    for name in names:
        call(breaker, name, succeeded=False)


def reject(breaker: CircuitBreaker, user: str) -> int | None:
    """Expect a rejection, and return its ``retry_after``."""
    with pytest.raises(Unavailable) as error, breaker.attempt(user):
        pass
    assert error.value.code == "paused"
    return error.value.retry_after


def test_consecutive_failures_of_several_users_open_it(breaker: CircuitBreaker) -> None:
    fail(breaker, "anna", "bert", "anna")
    call(breaker, "carl", succeeded=True)
    fail(breaker, "anna", "bert", "anna")
    assert not breaker.is_open
    fail(breaker, "bert")
    assert breaker.is_open
    assert reject(breaker, "anna") == reject(breaker, "carl") == 10


@pytest.mark.parametrize("failures", [1, 2, 5])
def test_one_user_cannot_open_it(clock: Clock, failures: int) -> None:
    breaker = CircuitBreaker(failures, 10, Paused, clock)
    fail(breaker, *["anna"] * 100)
    assert not breaker.is_open


def test_the_failures_of_one_user_count_for_at_most_half(breaker: CircuitBreaker) -> None:
    fail(breaker, *["anna"] * 100, "bert")
    assert not breaker.is_open
    fail(breaker, "bert")
    assert breaker.is_open


def test_calls_without_a_verdict_do_not_count(breaker: CircuitBreaker) -> None:
    fail(breaker, "anna", "bert", "anna")
    for _ in range(10):
        call(breaker, "carl", succeeded=None)
    assert not breaker.is_open
    fail(breaker, "bert")
    assert breaker.is_open


@pytest.fixture
def half_open(breaker: CircuitBreaker, clock: Clock) -> CircuitBreaker:
    """Return an open circuit breaker that allows a trial."""
    fail(breaker, "anna", "anna", "bert", "bert")
    clock.now += 10
    return breaker


def test_only_one_trial_runs_at_a_time(half_open: CircuitBreaker) -> None:
    with half_open.attempt("anna") as attempt:
        reject(half_open, "bert")
        attempt.succeeded = True
    assert not half_open.is_open
    fail(half_open, "anna", "anna", "bert")
    assert not half_open.is_open


def test_a_trial_without_a_verdict_lets_another_start(half_open: CircuitBreaker) -> None:
    with pytest.raises(GeneratorExit), half_open.attempt("anna"):
        raise GeneratorExit
    assert half_open.is_open
    call(half_open, "anna", succeeded=None)
    call(half_open, "bert", succeeded=True)
    assert not half_open.is_open


def test_failed_trials_of_two_users_open_it_again(half_open: CircuitBreaker, clock: Clock) -> None:
    fail(half_open, "anna")
    assert reject(half_open, "anna") == 10
    fail(half_open, "bert")
    assert reject(half_open, "carl") == 10
    clock.now += 10
    call(half_open, "anna", succeeded=True)
    assert not half_open.is_open


def test_one_user_cannot_keep_it_open(half_open: CircuitBreaker) -> None:
    fail(half_open, "anna")
    call(half_open, "bert", succeeded=True)
    assert not half_open.is_open


def test_a_single_user_can_repeat_a_trial_after_a_while(
    half_open: CircuitBreaker, clock: Clock
) -> None:
    for _ in range(3):
        fail(half_open, "anna")
        reject(half_open, "anna")
        clock.now += 10
    call(half_open, "anna", succeeded=True)
    assert not half_open.is_open


def test_another_user_can_start_a_trial_if_one_takes_too_long(
    half_open: CircuitBreaker, clock: Clock
) -> None:
    with half_open.attempt("anna"):
        clock.now += 10
        reject(half_open, "anna")
        call(half_open, "bert", succeeded=True)
        assert not half_open.is_open
    assert not half_open.is_open


def test_a_failed_call_from_before_it_opened_does_not_keep_it_open(
    breaker: CircuitBreaker, clock: Clock
) -> None:
    with breaker.attempt("carl") as older:
        fail(breaker, "anna", "anna", "bert", "bert")
        clock.now += 9
        older.succeeded = False
    assert reject(breaker, "anna") == 1
