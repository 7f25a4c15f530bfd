"""The book of calls, as tests look into it."""

import asyncio

from fastapi import FastAPI
from sqlalchemy import select

from app.models.llm_call import RUNNING
from app.models.llm_call import LlmCall

LONGEST_WAIT_SECONDS = 60


async def calls_of(app: FastAPI) -> list[LlmCall]:
    """Every call in the book, the oldest first."""
    async with app.state.resources.database.read() as session:
        return list(await session.scalars(select(LlmCall).order_by(LlmCall.id)))


async def settled_calls_of(app: FastAPI, count: int = 1) -> list[LlmCall]:
    """So many calls, as soon as none of them runs any more."""
    async with asyncio.timeout(LONGEST_WAIT_SECONDS):
        while True:
            calls = await calls_of(app)
            if len(calls) == count and all(call.outcome != RUNNING for call in calls):
                return calls
            await asyncio.sleep(0.02)
