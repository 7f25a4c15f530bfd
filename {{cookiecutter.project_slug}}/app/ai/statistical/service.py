"""The service for statistical models: train, read, predict, delete."""

import asyncio
from uuid import UUID

from app.ai.statistical import errors
from app.ai.statistical.model_files import WriteTable
from app.ai.statistical.runtime import StatisticalRuntime
from app.ai.statistical.tables import validate_size
from app.ai.statistical.tables import write_csv
from app.core.access_scope import AccessScope
from app.kit.exceptions import InvalidInput
from app.kit.exceptions import NotFound
from app.kit.pagination import Page
from app.kit.pagination import PageRequest
from app.kit.sizes import MEGABYTE
from app.kit.tasks import run_to_completion
from app.models.statistical_model import StatisticalModel
from app.models.statistical_model import Status
from app.repositories.training_queue import TrainingQueue
from app.schemas.statistical.models import ModelQuery
from app.schemas.statistical.models import TrainingRequest
from app.schemas.statistical.profiles import Profile
from app.schemas.statistical.results import Prediction
from app.schemas.statistical.tables import Row
from app.services.ownership import restrict_to_owner
from app.utils.ids import new_id

NEWEST_FIRST = "-created_at"


class StatisticalService:
    """Models within one access scope. Holds no database connection during slow work."""

    def __init__(self, runtime: StatisticalRuntime, scope: AccessScope, client: str) -> None:
        self._models = runtime.models
        self._queue = runtime.queue
        self._runtime = runtime
        self._client = client
        self._scope = scope
        self._own = scope
        # %if jwt
        self._own = restrict_to_owner(scope, None)  # each user has their own names and versions
        # %endif

    async def train_rows(self, request: TrainingRequest, rows: list[Row]) -> StatisticalModel:
        """Queue the training of a new version on these rows.

        Raises:
            InvalidInput: the rows make too large a table.
            TrainingQueueFull, TooManyQueued, TooManyModels, StorageFull: as for ``train``.
        """
        await self._validate_size(rows)
        return await self.train(request, lambda file: write_csv(file, rows))

    async def train(self, request: TrainingRequest, write: WriteTable) -> StatisticalModel:
        """Queue the training of a new version on the table that ``write`` writes.

        Raises:
            TrainingQueueFull: too many trainings of all owners are queued.
            TooManyQueued, TooManyModels, StorageFull: the owner exceeds a limit.
            StorageUnavailable: the storage does not respond.
        """
        async with self._queue.read() as queue:  # before writing the table
            await self._require_capacity(queue, request.name, 0)
        model_id, files = new_id(), self._runtime.files
        try:
            size_bytes = await run_to_completion(files.save_table(model_id, write))
            model = await self._add(model_id, request, size_bytes)
        except BaseException:
            await files.delete(model_id)
            raise
        self._runtime.trainer.wake()
        return model

    async def describe_rows(self, rows: list[Row]) -> Profile:
        """Return the profile of these rows.

        Raises:
            InvalidInput: the rows make too large a table.
            Unavailable: as for ``describe``.
        """
        await self._validate_size(rows)
        return await self.describe("rows", lambda file: write_csv(file, rows))

    async def describe(self, field: str, write: WriteTable) -> Profile:
        """Return the profile of the table that ``write`` writes; ``field`` is its request field.

        Cancellation kills the worker process.

        Raises:
            InvalidInput: this is not a table, or profiling takes too long.
            Unavailable: no worker became free in time.
        """
        result = await self._runtime.profile(write, self._client)
        if result.output is None:
            raise InvalidInput(field, result.error or errors.UNEXPECTED, code="no_table")
        return Profile.model_validate_json(result.output["profile"])

    async def list_models(self, query: ModelQuery) -> Page[StatisticalModel]:
        """Return one page of models, the newest first."""
        page = PageRequest(limit=query.limit, sort=NEWEST_FIRST, cursor=query.cursor)
        async with self._models.read() as models:
            return await models.search(self._own, page, query.name)

    async def get(self, model_id: UUID) -> StatisticalModel:
        """Return a model with its result.

        Raises:
            NotFound: there is no such model within the scope.
        """
        async with self._models.read() as models:
            model = await models.get_with_result(self._scope, model_id)
        if model is None:
            raise NotFound("There is no such model.")
        return model

    async def get_trained(self, model_id: UUID) -> StatisticalModel:
        """Return a model that is ready.

        Raises:
            NotFound: there is no such model within the scope.
            ModelNotReady: the training has not ended, or has failed.
        """
        model = await self.get(model_id)
        if model.status != Status.READY:
            raise errors.ModelNotReady(f"The model is {model.status}, not ready.")
        return model

    async def delete(self, model_id: UUID) -> None:
        """Delete a model, and cancel its training.

        Raises:
            NotFound: there is no such model within the scope.
        """
        async with self._models.write() as models:
            model = await models.get_scoped(self._scope, model_id, lock=True)
            if model is None:
                raise NotFound("There is no such model.")
            await models.delete(model)
        await self._runtime.discard([model_id])

    async def predict(self, model_id: UUID, rows: list[Row]) -> list[Prediction]:
        """Return one prediction per row.

        Raises:
            NotFound, ModelNotReady: as for ``get_trained``.
            ModelOutdated: the installed libraries cannot load the model.
            InvalidInput: there are too many columns, or a cell does not match; names row and
                column.
        """
        await self._validate_size(rows)
        return await self._predict(await self.get_trained(model_id), rows)

    async def predict_latest(self, name: str, rows: list[Row]) -> list[Prediction]:
        """Return one prediction per row by the latest version of this name that is ready."""
        await self._validate_size(rows)
        async with self._models.read() as models:
            model = await models.get_latest_ready(self._own, name)
        if model is None:
            raise NotFound("There is no model of this name that is ready.")
        return await self._predict(model, rows)

    async def _predict(self, model: StatisticalModel, rows: list[Row]) -> list[Prediction]:
        predictor = await self._runtime.cache.get(model)
        try:
            return await asyncio.to_thread(predictor.predict, rows)
        except errors.InvalidCell as error:
            field = f"rows.{error.row}.{error.column}"
            raise InvalidInput(field, error.message, code="wrong_cell") from None

    async def _validate_size(self, rows: list[Row]) -> None:
        try:
            await asyncio.to_thread(validate_size, rows, self._runtime.limits)
        except errors.TableTooLargeError as error:
            raise InvalidInput("rows", str(error), code=error.code) from None

    async def _add(
        self, model_id: UUID, request: TrainingRequest, size_bytes: int
    ) -> StatisticalModel:
        """Add a training under the lock, so that parallel requests do not exceed a limit."""
        async with self._queue.write() as queue:
            latest_turn = await queue.lock()
            await self._require_capacity(queue, request.name, size_bytes)
            model = StatisticalModel(
                id=model_id,
                name=request.name,
                version=await queue.next_version(self._own, request.name),
                turn=await queue.next_turn(self._own, latest_turn),
                size_bytes=size_bytes,
                training_spec=request.to_spec().model_dump_json(),
            )
            return await queue.add_owned(self._scope, model)

    async def _require_capacity(self, queue: TrainingQueue, name: str, size_bytes: int) -> None:
        settings = self._runtime.settings
        if await queue.count_queued() >= settings.training_queue_size:
            raise errors.TrainingQueueFull("Too many trainings are queued.")
        counts = await queue.count_with_new_version(self._own, name, settings.model_versions_kept)
        if counts.queued >= (limit := settings.max_queued_trainings_per_owner):
            raise errors.TooManyQueued(
                f"You already have {limit} queued trainings. "
                "Wait until one has started, or delete one."
            )
        if counts.models > (limit := settings.max_models_per_owner):
            raise errors.TooManyModels(f"You have {limit} models, the maximum. Delete some first.")
        limit = settings.max_model_storage_mb_per_owner
        if counts.size_bytes + size_bytes > limit * MEGABYTE:
            raise errors.StorageFull(
                f"Your models and tables would exceed {limit} MB. Delete some first."
            )
