"""What the process shares, as FastAPI dependencies: settings, sessions of the database.

One request is one transaction: committed when the endpoint returns and before the answer is sent,
rolled back on any error.
"""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends
from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncSession

from app.resources import Resources


async def get_resources(request: Request) -> Resources:
    resources = request.app.state.resources
    assert isinstance(resources, Resources)
    return resources


ResourcesDep = Annotated[Resources, Depends(get_resources)]


async def read_session(resources: ResourcesDep) -> AsyncIterator[AsyncSession]:
    async with resources.database.read() as session:
        yield session


async def write_session(resources: ResourcesDep) -> AsyncIterator[AsyncSession]:
    async with resources.database.write() as session:
        yield session


# With the scope "function" the transaction ends before the answer is sent: a failed commit is
# an error to the client, and never a success.
ReadSessionDep = Annotated[AsyncSession, Depends(read_session, scope="function")]
WriteSessionDep = Annotated[AsyncSession, Depends(write_session, scope="function")]
