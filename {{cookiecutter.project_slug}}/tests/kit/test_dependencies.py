"""What endpoints depend on runs on the event loop: a thread would cost every request a switch."""

from collections.abc import Iterator
from inspect import isasyncgenfunction
from inspect import iscoroutinefunction

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts
from fastapi.security.base import SecurityBase


def calls_of(dependant: Dependant) -> Iterator[object]:
    """Everything that is called for a request, the endpoint included."""
    yield dependant.call
    for inner in dependant.dependencies:
        yield from calls_of(inner)


def test_nothing_runs_in_a_thread(app: FastAPI) -> None:
    routes = [route for route in iter_route_contexts(app.routes) if hasattr(route, "dependant")]
    assert len(routes) > 5
    for route in routes:
        for call in calls_of(route.dependant):
            loop = iscoroutinefunction(call) or isasyncgenfunction(call)
            assert loop or isinstance(call, SecurityBase), f"{route.path}: {call}"
