"""Fixtures of people."""

import pytest
from fastapi import FastAPI

from app.core.permissions import Role
from tests.support.accounts import Person
from tests.support.accounts import join
from tests.support.apps import Connect


@pytest.fixture
async def anna(app: FastAPI, connect: Connect) -> Person:
    """Somebody who is logged in."""
    return await join(app, connect(app), "anna@example.com")


@pytest.fixture
async def bert(app: FastAPI, connect: Connect) -> Person:
    """Somebody else who is logged in."""
    return await join(app, connect(app), "bert@example.com")


@pytest.fixture
async def admin(app: FastAPI, connect: Connect) -> Person:
    """An administrator who is logged in."""
    return await join(app, connect(app), "admin@example.com", Role.ADMIN)
