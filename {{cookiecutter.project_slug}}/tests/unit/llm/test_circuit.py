"""The circuit: open after failures in a row, tried by one call, closed by a success."""

import pytest

from app.ai.llm.circuit import Circuit
from app.core.exceptions import Unavailable


class Clock:
    """A time that only tests move."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    """The time."""
    return Clock()


@pytest.fixture
def circuit(clock: Clock) -> Circuit:
    """Opens after three failures, for ten seconds."""
    return Circuit(3, 10, clock)


def test_failures_in_a_row_open_it(circuit: Circuit) -> None:
    for _ in range(2):
        circuit.failed()
    circuit.succeeded()
    for _ in range(2):
        circuit.failed()
    circuit.enter()
    assert not circuit.is_open
    circuit.failed()
    assert circuit.is_open
    with pytest.raises(Unavailable) as error:
        circuit.enter()
    assert (error.value.code, error.value.retry_after) == ("llm_circuit_open", 10)


def test_later_one_call_tries_for_all(circuit: Circuit, clock: Clock) -> None:
    for _ in range(3):
        circuit.failed()
    clock.now += 10
    circuit.enter()
    with pytest.raises(Unavailable):
        circuit.enter()
    circuit.succeeded()
    circuit.enter()
    assert not circuit.is_open


def test_a_try_that_fails_leaves_it_open(circuit: Circuit, clock: Clock) -> None:
    for _ in range(3):
        circuit.failed()
    clock.now += 10
    circuit.enter()
    circuit.failed()
    clock.now += 9
    with pytest.raises(Unavailable) as error:
        circuit.enter()
    assert error.value.retry_after == 1


def test_a_try_that_is_cancelled_does_not_leave_it_open_for_ever(
    circuit: Circuit, clock: Clock
) -> None:
    for _ in range(3):
        circuit.failed()
    clock.now += 10
    circuit.enter()
    clock.now += 10
    circuit.enter()
