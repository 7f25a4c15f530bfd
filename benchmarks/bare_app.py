"""The reference: what a competent developer writes in one file, with the same queries as ours.

One session per request by dependency, a plain engine, hashes in as many threads as there are
processors. It has no layers, migrations, rate limits, request ids, problems or role checks, and it
reads the tables that our migrations made.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import UTC
from datetime import datetime
from datetime import timedelta
from hashlib import sha256
from secrets import token_urlsafe
from typing import Annotated
from uuid import UUID
from uuid import uuid4

from fastapi import Depends
from fastapi import FastAPI
from fastapi import HTTPException
from fastapi import Query
from fastapi.security import OAuth2PasswordBearer
from fastapi.security import OAuth2PasswordRequestForm
from jose import JWTError
from jose import jwt
from passlib.context import CryptContext
from pydantic import BaseModel
from sqlalchemy import DateTime
from sqlalchemy import ForeignKey
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.ext.asyncio import async_sessionmaker
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column

SECRET = os.environ["SECRET_KEY"]
engine = create_async_engine(os.environ["BARE_DATABASE_URL"])
sessions = async_sessionmaker(engine, expire_on_commit=False)
passwords = CryptContext(schemes=["bcrypt_sha256"])
threads = ThreadPoolExecutor(os.cpu_count())
bearer = OAuth2PasswordBearer(tokenUrl="/api/v1/auth/token")


def now() -> datetime:
    return datetime.now(UTC)


class Base(DeclarativeBase):
    type_annotation_map = {datetime: DateTime(timezone=True)}  # noqa: RUF012
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now)


class User(Base):
    __tablename__ = "users"
    email: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str]
    full_name: Mapped[str | None]
    role: Mapped[str]
    is_active: Mapped[bool]


class LoginSession(Base):
    __tablename__ = "login_sessions"
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class RefreshToken(Base):
    __tablename__ = "refresh_tokens"
    session_id: Mapped[UUID] = mapped_column(ForeignKey("login_sessions.id"))
    fingerprint: Mapped[str] = mapped_column(unique=True)
    expires_at: Mapped[datetime]


class Item(Base):
    __tablename__ = "items"
    title: Mapped[str]
    description: Mapped[str | None]
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))


class UserOut(BaseModel, from_attributes=True):
    id: UUID
    email: str
    full_name: str | None
    role: str
    is_active: bool
    created_at: datetime
    updated_at: datetime


class ItemOut(BaseModel, from_attributes=True):
    id: UUID
    title: str
    description: str | None
    owner_id: UUID
    created_at: datetime
    updated_at: datetime


class ItemPage(BaseModel, from_attributes=True):
    items: list[ItemOut]
    next_cursor: str | None


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield
    await engine.dispose()


async def get_session() -> AsyncIterator[AsyncSession]:
    async with sessions() as session:
        yield session


Session = Annotated[AsyncSession, Depends(get_session)]


async def get_user(token: Annotated[str, Depends(bearer)], session: Session) -> User:
    try:
        claims = jwt.decode(token, SECRET, "HS256", options={"verify_aud": False})
        user_id, session_id = UUID(claims["sub"]), UUID(claims["sid"])
    except (JWTError, KeyError, ValueError):
        raise HTTPException(401) from None
    living = (LoginSession.revoked_at.is_(None), LoginSession.expires_at > now())
    statement = select(User).join(LoginSession, LoginSession.user_id == User.id)
    statement = statement.where(LoginSession.id == session_id, User.id == user_id, *living)
    user = await session.scalar(statement.where(User.is_active))
    if user is None:
        raise HTTPException(401)
    return user


CurrentUser = Annotated[User, Depends(get_user)]
app = FastAPI(lifespan=lifespan)


@app.get("/health/live")
async def live() -> dict[str, str]:
    return {"status": "ok"}


@app.get("/api/v1/users/me", response_model=UserOut)
async def me(user: CurrentUser) -> User:
    return user


@app.get("/api/v1/items", response_model=ItemPage)
async def items(
    user: CurrentUser, session: Session, limit: Annotated[int, Query(ge=1, le=100)] = 20
) -> dict[str, object]:
    newest = (Item.created_at.desc(), Item.id.desc())
    statement = select(Item).where(Item.owner_id == user.id).order_by(*newest).limit(limit + 1)
    rows = (await session.scalars(statement)).all()
    more = len(rows) > limit
    return {"items": rows[:limit], "next_cursor": str(rows[limit - 1].id) if more else None}


@app.post("/api/v1/auth/token")
async def log_in(
    form: Annotated[OAuth2PasswordRequestForm, Depends()], session: Session
) -> dict[str, object]:
    user = await session.scalar(select(User).where(User.email == form.username))
    checked = user.password_hash if user else None
    loop = asyncio.get_running_loop()
    right = await loop.run_in_executor(threads, passwords.verify, form.password, checked)
    if user is None or not right:
        raise HTTPException(401)
    refresh, end = token_urlsafe(32), now() + timedelta(days=30)
    login = LoginSession(user_id=user.id, expires_at=end)
    session.add(login)
    await session.flush()
    fingerprint = sha256(refresh.encode()).hexdigest()
    session.add(RefreshToken(session_id=login.id, fingerprint=fingerprint, expires_at=end))
    await session.commit()
    claims = {"sub": str(user.id), "sid": str(login.id), "exp": now() + timedelta(minutes=15)}
    return {"access_token": jwt.encode(claims, SECRET, "HS256"), "refresh_token": refresh}
