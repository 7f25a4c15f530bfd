"""The use cases of custom models, as FastAPI dependencies."""

from typing import Annotated

from fastapi import Depends
from fastapi import Request

from app.ai.custom_models.runtime import CustomModelRuntime
from app.ai.custom_models.service import CustomModelService
from app.api.deps import CurrentScope


async def get_custom_models(request: Request, _scope: CurrentScope) -> CustomModelService:
    """The use cases, for whoever may use this API: models belong to nobody."""
    runtime = request.app.state.custom_models
    assert isinstance(runtime, CustomModelRuntime)
    return CustomModelService(runtime)


CustomModels = Annotated[CustomModelService, Depends(get_custom_models)]
