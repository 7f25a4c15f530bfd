"""Endpoints of statistics.

``{model_id:uuid}`` keeps ``/models/csv`` from matching as an id.
"""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from fastapi import Form
from fastapi import Query
from fastapi import Request
from fastapi.responses import HTMLResponse
from fastapi.responses import Response

from app.ai.statistical import errors
from app.ai.statistical import report
from app.api.deps.statistical import DescribeCsv
from app.api.deps.statistical import StatisticalServiceDep
from app.api.deps.statistical import TrainingFromCsv
from app.api.deps.statistical import write_upload
from app.kit.exceptions import NotFound
from app.kit.http.disconnect import cancel_on_disconnect
from app.kit.http.problems import error_responses
from app.kit.pagination import Page
from app.models.statistical_model import StatisticalModel
from app.schemas.statistical.models import ModelPage
from app.schemas.statistical.models import ModelQuery
from app.schemas.statistical.models import ModelQueued
from app.schemas.statistical.models import ModelRead
from app.schemas.statistical.models import Predictions
from app.schemas.statistical.models import PredictRows
from app.schemas.statistical.models import TrainedModelName
from app.schemas.statistical.models import TrainingFromRows
from app.schemas.statistical.profiles import DescribeRows
from app.schemas.statistical.profiles import Profile

MULTIPART = "multipart/form-data"
REPORT_POLICY = "default-src 'none'; style-src 'unsafe-inline'"

TRAINING_ERRORS = error_responses(
    errors.TooManyQueued, errors.TooManyModels, errors.StorageFull, errors.TrainingQueueFull
)

router = APIRouter(prefix="/ai/statistical", tags=["statistics"])


@router.post("/models", response_model=ModelQueued, status_code=202, responses=TRAINING_ERRORS)
async def train_model(
    data: TrainingFromRows, statistical: StatisticalServiceDep
) -> StatisticalModel:
    """Train a model on these rows. Poll the model by its id until it is ready or has failed."""
    return await statistical.train_rows(data, data.rows)


@router.post("/models/csv", response_model=ModelQueued, status_code=202, responses=TRAINING_ERRORS)
async def train_model_on_csv(
    form: Annotated[TrainingFromCsv, Form(media_type=MULTIPART)], statistical: StatisticalServiceDep
) -> StatisticalModel:
    """Train a model on a CSV file of any common encoding and separator."""
    return await statistical.train(form, write_upload(form.file))


@router.post("/describe")
async def describe_rows(
    request: Request, data: DescribeRows, statistical: StatisticalServiceDep
) -> Profile:
    """Describe these rows: column types, missing values, distributions, correlations."""
    return await cancel_on_disconnect(request, statistical.describe_rows(data.rows))


@router.post("/describe/csv")
async def describe_csv(
    request: Request,
    form: Annotated[DescribeCsv, Form(media_type=MULTIPART)],
    statistical: StatisticalServiceDep,
) -> Profile:
    """Describe a CSV file."""
    return await cancel_on_disconnect(
        request, statistical.describe("file", write_upload(form.file))
    )


@router.get("/models", response_model=ModelPage)
async def list_trained_models(
    query: Annotated[ModelQuery, Query()], statistical: StatisticalServiceDep
) -> Page[StatisticalModel]:
    """List your models, the newest first."""
    return await statistical.list_models(query)


@router.get("/models/{model_id:uuid}", responses=error_responses(NotFound))
async def read_trained_model(model_id: UUID, statistical: StatisticalServiceDep) -> ModelRead:
    """Read the state of a model and, when it is ready, its result."""
    return ModelRead.from_model(await statistical.get(model_id))


@router.get(
    "/models/{model_id:uuid}/report",
    response_class=HTMLResponse,
    responses=error_responses(NotFound, errors.ModelNotReady),
)
async def read_training_report(model_id: UUID, statistical: StatisticalServiceDep) -> HTMLResponse:
    """Read the report of a trained model as an HTML page that loads no other files."""
    model = await statistical.get_trained(model_id)
    return HTMLResponse(report.render(model), headers={"Content-Security-Policy": REPORT_POLICY})


@router.delete(
    "/models/{model_id:uuid}",
    status_code=204,
    response_class=Response,
    responses=error_responses(NotFound),
)
async def delete_trained_model(model_id: UUID, statistical: StatisticalServiceDep) -> None:
    """Delete a model, and cancel its training."""
    await statistical.delete(model_id)


@router.post(
    "/models/{model_id:uuid}/predict",
    responses=error_responses(NotFound, errors.ModelNotReady, errors.ModelOutdated),
)
async def predict(
    model_id: UUID, data: PredictRows, statistical: StatisticalServiceDep
) -> Predictions:
    """Predict the target, cluster or anomaly score of each row."""
    return Predictions(predictions=await statistical.predict(model_id, data.rows))


@router.post(
    "/models/by-name/{name}/predict",
    responses=error_responses(NotFound, errors.ModelOutdated),
)
async def predict_by_name(
    name: TrainedModelName, data: PredictRows, statistical: StatisticalServiceDep
) -> Predictions:
    """Predict with the latest version of this name that is ready."""
    return Predictions(predictions=await statistical.predict_latest(name, data.rows))
