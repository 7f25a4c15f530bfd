"""Reads stored calls of language models."""

import asyncio

from fastapi import FastAPI
from sqlalchemy import select

from app.models.llm_call import RUNNING
from app.models.llm_call import LlmCall
from tests.support.waiting import MAX_WAIT_SECONDS


async def read_calls(app: FastAPI) -> list[LlmCall]:
    """Return all stored calls, oldest first."""
    async with app.state.resources.database.read() as session:
        return list(await session.scalars(select(LlmCall).order_by(LlmCall.id)))


async def read_finished_calls(app: FastAPI, count: int = 1) -> list[LlmCall]:
    """Return ``count`` calls as soon as all of them have finished."""
    async with asyncio.timeout(MAX_WAIT_SECONDS):
        while True:
            calls = await read_calls(app)
            if len(calls) == count and all(call.outcome != RUNNING for call in calls):
                return calls
            await asyncio.sleep(0.02)
