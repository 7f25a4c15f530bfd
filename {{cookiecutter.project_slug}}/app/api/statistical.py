"""The use cases of statistics, as FastAPI dependencies."""

from typing import Annotated

from fastapi import Depends
from fastapi import Request

from app.ai.statistical.runtime import StatisticalRuntime
from app.ai.statistical.service import StatisticalService
from app.api.deps import CurrentScope


async def get_statistical_runtime(request: Request) -> StatisticalRuntime:
    """What statistics share within this process."""
    runtime = request.app.state.statistical
    assert isinstance(runtime, StatisticalRuntime)
    return runtime


SharedStatistical = Annotated[StatisticalRuntime, Depends(get_statistical_runtime)]


async def get_statistical(scope: CurrentScope, runtime: SharedStatistical) -> StatisticalService:
    """The use cases for whoever asks. They open their own short units of work."""
    return StatisticalService(runtime, scope)


Statistical = Annotated[StatisticalService, Depends(get_statistical)]
