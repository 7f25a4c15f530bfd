"""The paths of statistics.

An id in a path is a ``uuid``, so that ``/models/csv`` is a path of its own and never an id.
"""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from fastapi import Form
from fastapi import Query
from fastapi.responses import HTMLResponse
from fastapi.responses import Response

from app.ai.statistical import report
from app.api.problems import problems
from app.api.statistical import Statistical
from app.api.statistical_forms import DescribeCsv
from app.api.statistical_forms import TrainingFromCsv
from app.api.statistical_forms import to_disk
from app.models.statistical_model import StatisticalModel
from app.schemas.statistical.models import ModelPage
from app.schemas.statistical.models import ModelQuery
from app.schemas.statistical.models import ModelQueued
from app.schemas.statistical.models import ModelRead
from app.schemas.statistical.models import Predictions
from app.schemas.statistical.models import PredictRows
from app.schemas.statistical.profiles import Profile
from app.schemas.statistical.training import DescribeRows
from app.schemas.statistical.training import ModelName
from app.schemas.statistical.training import TrainingFromRows
from app.utils.pages import Page

MULTIPART = "multipart/form-data"
REPORT_POLICY = "default-src 'none'; style-src 'unsafe-inline'"

QUEUE = problems(name_busy=409, queue_full=503)

router = APIRouter(prefix="/ai/statistical", tags=["statistics"])


@router.post("/models", response_model=ModelQueued, status_code=202, responses=QUEUE)
async def train_model(data: TrainingFromRows, statistical: Statistical) -> StatisticalModel:
    """Train a model on these rows. Ask for it by its id until it is ready or has failed."""
    return await statistical.train_rows(data, data.rows)


@router.post("/models/csv", response_model=ModelQueued, status_code=202, responses=QUEUE)
async def train_model_on_csv(
    form: Annotated[TrainingFromCsv, Form(media_type=MULTIPART)], statistical: Statistical
) -> StatisticalModel:
    """Train a model on a CSV file of any usual encoding and separator."""
    return await statistical.train(form, to_disk(form.file))


@router.post("/describe")
async def describe_rows(data: DescribeRows, statistical: Statistical) -> Profile:
    """Describe these rows: types, gaps, how values are spread, what goes together."""
    return await statistical.describe_rows(data.rows)


@router.post("/describe/csv")
async def describe_csv(
    form: Annotated[DescribeCsv, Form(media_type=MULTIPART)], statistical: Statistical
) -> Profile:
    """Describe a CSV file."""
    return await statistical.describe("file", to_disk(form.file))


@router.get("/models", response_model=ModelPage)
async def list_trained_models(
    query: Annotated[ModelQuery, Query()], statistical: Statistical
) -> Page[StatisticalModel]:
    """One page of your models, the newest first."""
    return await statistical.list_models(query)


@router.get("/models/{model_id:uuid}", responses=problems(not_found=404))
async def read_trained_model(model_id: UUID, statistical: Statistical) -> ModelRead:
    """A model: how far it is and, once it is ready, how good it is and what it learned."""
    return ModelRead.of(await statistical.get(model_id))


@router.get(
    "/models/{model_id:uuid}/report",
    response_class=HTMLResponse,
    responses=problems(not_found=404, model_not_ready=409),
)
async def read_training_report(model_id: UUID, statistical: Statistical) -> HTMLResponse:
    """A page about a trained model for people: it needs no other file, and no network."""
    model = await statistical.get_trained(model_id)
    return HTMLResponse(report.render(model), headers={"Content-Security-Policy": REPORT_POLICY})


@router.delete(
    "/models/{model_id:uuid}",
    status_code=204,
    response_class=Response,
    responses=problems(not_found=404),
)
async def delete_trained_model(model_id: UUID, statistical: Statistical) -> None:
    """Delete a model; a training that waits or runs is called off."""
    await statistical.delete(model_id)


@router.post(
    "/models/{model_id:uuid}/predict",
    responses=problems(not_found=404, model_not_ready=409, model_outdated=409),
)
async def predict(model_id: UUID, data: PredictRows, statistical: Statistical) -> Predictions:
    """Predict for each row."""
    return Predictions(predictions=await statistical.predict(model_id, data.rows))


@router.post(
    "/models/by-name/{name}/predict",
    responses=problems(not_found=404, model_outdated=409),
)
async def predict_by_name(
    name: ModelName, data: PredictRows, statistical: Statistical
) -> Predictions:
    """Predict by the newest version of this name that is ready."""
    return Predictions(predictions=await statistical.predict_newest(name, data.rows))
