"""The worker of background jobs, as a FastAPI dependency."""

from typing import Annotated

from fastapi import Depends
from fastapi import Request

from app.kit.jobs.worker import Worker
from app.resources import Resources


async def get_job_worker(request: Request) -> Worker[Resources]:
    worker = request.app.state.jobs
    assert isinstance(worker, Worker)
    return worker


JobWorkerDep = Annotated[Worker[Resources], Depends(get_job_worker)]
