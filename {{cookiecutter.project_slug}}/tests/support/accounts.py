"""People for tests: who they are, and how they come in."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fastapi import FastAPI
from httpx2 import AsyncClient
from httpx2 import Response
from sqlalchemy import func
from sqlalchemy import select

from app.core.permissions import Role
from app.models.login_session import LoginSession
from app.schemas.users import UserCreate
from app.services.account_runtime import AccountRuntime

PASSWORD = "correct horse battery"


@dataclass
class Person:
    """Somebody with an account, and the client that they use."""

    client: AsyncClient
    id: str
    email: str
    tokens: dict[str, Any]


async def register(client: AsyncClient, email: str, **fields: str) -> Response:
    """Ask for an account."""
    data = {"email": email, "password": PASSWORD, **fields}
    return await client.post("/api/v1/auth/register", json=data)


async def log_in(client: AsyncClient, email: str, password: str = PASSWORD) -> Response:
    """Ask for tokens."""
    form = {"username": email, "password": password}
    return await client.post("/api/v1/auth/token", data=form)


async def refresh(client: AsyncClient, token: str) -> Response:
    """Ask for the next pair of tokens."""
    return await client.post("/api/v1/auth/refresh", json={"refresh_token": token})


async def delete_account(client: AsyncClient, password: str = PASSWORD) -> Response:
    """Delete the account of this client's user."""
    return await client.request("DELETE", "/api/v1/users/me", json={"current_password": password})


async def join(app: FastAPI, client: AsyncClient, email: str, role: Role = Role.USER) -> Person:
    """Make an account and log in with it; from now on the client is this person's."""
    runtime: AccountRuntime = app.state.accounts
    user = await runtime.account_service().register(
        UserCreate(email=email, password=PASSWORD), role
    )
    tokens = await open_session(client, email)
    return Person(client=client, id=str(user.id), email=email, tokens=tokens)


async def count_sessions(app: FastAPI, person: Person) -> int:
    """Return how many sessions of this person the database holds."""
    statement = select(func.count()).where(LoginSession.user_id == UUID(person.id))
    async with app.state.resources.database.read() as session:
        return await session.scalar(statement) or 0


async def open_session(client: AsyncClient, email: str) -> dict[str, Any]:
    """Log in; from now on the client uses the access token of this session."""
    response = await log_in(client, email)
    assert response.status_code == 200, response.text
    tokens: dict[str, Any] = response.json()
    client.headers["Authorization"] = f"Bearer {tokens['access_token']}"
    return tokens


async def log_in_somebody(client: AsyncClient, name: str = "somebody") -> None:
    """Make an account over HTTP, and log in with it."""
    response = await register(client, f"{name}@example.com")
    assert response.status_code == 201, response.text
    await open_session(client, f"{name}@example.com")
