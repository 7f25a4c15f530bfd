"""Dependencies of statistics: the service, and the forms with CSV files."""

import json
import shutil
from collections.abc import AsyncIterator
from typing import Annotated
from typing import Any
from uuid import UUID

from fastapi import Depends
from fastapi import Request
from fastapi import UploadFile
from pydantic import BeforeValidator
from pydantic import Field
from pydantic import WithJsonSchema

from app.ai.statistical.model_files import WriteTable
from app.ai.statistical.runtime import StatisticalRuntime
from app.ai.statistical.service import StatisticalService
from app.api.deps.auth import CurrentUser
from app.api.deps.client_key import ClientKey
from app.api.deps.scope import CurrentScope
from app.kit.schemas import RequestModel
from app.schemas.statistical.models import Features
from app.schemas.statistical.models import TrainingRequest


async def get_statistical_runtime(request: Request) -> StatisticalRuntime:
    """Return the state that all requests share."""
    runtime = request.app.state.statistical
    assert isinstance(runtime, StatisticalRuntime)
    return runtime


StatisticalRuntimeDep = Annotated[StatisticalRuntime, Depends(get_statistical_runtime)]


async def get_statistical_service(
    scope: CurrentScope, runtime: StatisticalRuntimeDep, client: ClientKey
) -> StatisticalService:
    """Return the service, which opens its own short units of work."""
    return StatisticalService(runtime, scope, client)


StatisticalServiceDep = Annotated[StatisticalService, Depends(get_statistical_service)]


# %if statistical_accounts
async def delete_own_model_files(
    user: CurrentUser, runtime: StatisticalRuntimeDep
) -> AsyncIterator[None]:
    """After the commit, delete the user's model files."""
    ids = await runtime.list_ids(user.id)
    yield
    await runtime.discard(ids)


async def delete_user_model_files(
    _user: CurrentUser, user_id: UUID, runtime: StatisticalRuntimeDep
) -> AsyncIterator[None]:
    """After the commit, delete the model files of another user; on an error, delete nothing."""
    ids = await runtime.list_ids(user_id)
    yield
    await runtime.discard(ids)


DeleteOwnModelFiles = Depends(delete_own_model_files, scope="function")
DeleteUserModelFiles = Depends(delete_user_model_files, scope="function")
"""For ``dependencies=`` of a route: they start before its session, and so end after its commit."""


# %endif
def _parse_list(values: Any) -> Any:
    """Parse a JSON list, or names separated by commas, for forms that cannot repeat a field."""
    if not isinstance(values, list) or len(values) != 1 or not isinstance(values[0], str):
        return values
    if values[0].lstrip().startswith("["):
        try:
            return json.loads(values[0])
        except (ValueError, RecursionError):
            raise ValueError("must be a JSON list, or names separated by commas") from None
    return [part for part in values[0].split(",") if part.strip()]


CsvFile = Annotated[
    UploadFile,
    Field(
        description="A CSV file of any common encoding and separator. "
        "The first line names the columns."
    ),
    WithJsonSchema(
        {"type": "string", "contentMediaType": "application/octet-stream", "format": "binary"}
    ),
]
"""OpenAPI 3.1 marks a file by ``contentMediaType``; most client generators expect ``format``."""

FormFeatures = Annotated[
    Features,
    BeforeValidator(_parse_list),
    WithJsonSchema({"type": "string"}),
]


class TrainingFromCsv(TrainingRequest):
    """A training request with the CSV file to train on."""

    features: FormFeatures = Field(
        default_factory=list,
        examples=[""],
        description="The columns to predict from, separated by commas or as a JSON list; "
        "by default, all except the target.",
    )
    file: CsvFile


class DescribeCsv(RequestModel):
    """A request with the CSV file to describe."""

    file: CsvFile


def write_upload(file: UploadFile) -> WriteTable:
    """Return a function that copies the upload to a file."""
    return lambda target: shutil.copyfileobj(file.file, target)
