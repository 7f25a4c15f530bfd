"""A job deletes the usage of calls some time after them."""

from datetime import timedelta

from sqlalchemy import update

from app.jobs.llm_usage import delete_old_llm_calls
from app.models.llm_call import LlmCall
from app.utils.clock import utc_now
from tests.integration.llm.conftest import LlmApps
from tests.support.jobs import enqueue
from tests.support.llm_calls import read_calls
from tests.support.streams import hello


async def test_only_old_calls_are_deleted(llm_apps: LlmApps) -> None:
    client = await llm_apps.client(llm_usage_retention_days=40)
    app = llm_apps.started[-1]
    for _ in range(2):
        await client.post("/api/v1/ai/llm/chat", json=hello())
    database = app.state.resources.database
    old, recent = await read_calls(app)
    for call, days in ((old, 42), (recent, 39)):
        async with database.write() as session:
            values = {"created_at": utc_now() - timedelta(days=days)}
            await session.execute(update(LlmCall).where(LlmCall.id == call.id).values(values))
    await enqueue(database, delete_old_llm_calls)
    await app.state.jobs.run_due_jobs()
    assert [call.id for call in await read_calls(app)] == [recent.id]
