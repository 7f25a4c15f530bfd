"""Use cases of statistical models, for whoever asks: train, look, predict, delete."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from app.ai.statistical.port import WrongCell
from app.ai.statistical.reasons import UNEXPECTED
from app.ai.statistical.runtime import StatisticalRuntime
from app.ai.statistical.tables import write_csv
from app.core.exceptions import Conflict
from app.core.exceptions import InvalidInput
from app.core.exceptions import NotFound
from app.core.exceptions import Unavailable
from app.core.scope import Scope
from app.models.statistical_model import StatisticalModel
from app.models.statistical_model import Status
from app.schemas.statistical.models import ModelQuery
from app.schemas.statistical.predictions import Prediction
from app.schemas.statistical.profiles import Profile
from app.schemas.statistical.tables import Row
from app.schemas.statistical.training import TrainingRequest
from app.services.ownership import narrow  # %if jwt
from app.utils.ids import new_id
from app.utils.pages import Page
from app.utils.pages import PageRequest

NEWEST_FIRST = "-created_at"
QUEUE_FULL_SECONDS = 30
MOST_COLLISIONS = 10

Store = Callable[[Path], None]
"""Writes a table as CSV to a path. It runs in a thread."""


class StatisticalService:
    """What can be done with models within a scope. No connection is held during slow work."""

    def __init__(self, runtime: StatisticalRuntime, scope: Scope) -> None:
        self._models = runtime.models
        self._runtime = runtime
        self._scope = scope
        self._own = scope
        # %if jwt
        self._own = narrow(scope, None)  # names and versions are each person's own
        # %endif

    async def train_rows(self, request: TrainingRequest, rows: list[Row]) -> StatisticalModel:
        """Put a new version into the queue, to learn from these rows."""
        return await self.train(request, lambda path: write_csv(path, rows))

    async def train(self, request: TrainingRequest, store: Store) -> StatisticalModel:
        """Put a new version into the queue, to learn from a table that ``store`` writes.

        Raises:
            Unavailable: too many wait already.
        """
        await self._check_queue()
        model_id, files = new_id(), self._runtime.files
        try:
            await asyncio.to_thread(files.make, model_id)
            await asyncio.to_thread(store, files.data(model_id))
            model = await self._add(model_id, request)
        except BaseException:
            await asyncio.to_thread(files.remove, model_id)
            raise
        self._runtime.trainer.wake()
        return model

    async def describe_rows(self, rows: list[Row]) -> Profile:
        """What is in these rows."""
        return await self.describe("rows", lambda path: write_csv(path, rows))

    async def describe(self, field: str, store: Store) -> Profile:
        """What is in a table that came in this field, and that ``store`` writes. It is not kept.

        Raises:
            InvalidInput: it is no table, or takes too long; says why.
            Unavailable: others are being described, and this one has waited long enough.
        """
        with TemporaryDirectory() as folder:
            path = Path(folder) / "data.csv"
            await asyncio.to_thread(store, path)
            outcome = await self._runtime.describe(path)
        if outcome.answer is None:
            raise InvalidInput(field, outcome.failure or UNEXPECTED, code="no_table")
        return Profile.model_validate_json(outcome.answer["profile"])

    async def list_models(self, query: ModelQuery) -> Page[StatisticalModel]:
        """One page of models, the newest first."""
        page = PageRequest(limit=query.limit, sort=NEWEST_FIRST, cursor=query.cursor)
        async with self._models.read() as models:
            return await models.search(self._own, page, query.name)

    async def get(self, model_id: UUID) -> StatisticalModel:
        """The model with this id, and its result.

        Raises:
            NotFound: there is none within the scope.
        """
        async with self._models.read() as models:
            model = await models.with_result(self._scope, model_id)
        if model is None:
            raise NotFound("There is no such model.")
        return model

    async def get_trained(self, model_id: UUID) -> StatisticalModel:
        """The same, but only when its training is over and went well.

        Raises:
            NotFound: there is none within the scope.
            Conflict: it is not ready.
        """
        model = await self.get(model_id)
        if model.status != Status.READY:
            raise Conflict(f"The model is {model.status}, not ready.", code="model_not_ready")
        return model

    async def delete(self, model_id: UUID) -> None:
        """Delete a model, and end its training.

        Raises:
            NotFound: there is none within the scope.
        """
        async with self._models.write() as models:
            model = await models.get_visible(self._scope, model_id, lock=True)
            if model is None:
                raise NotFound("There is no such model.")
            await models.delete(model)
        await self._runtime.forget([model_id])

    async def predict(self, model_id: UUID, rows: list[Row]) -> list[Prediction]:
        """A prediction for each row.

        Raises:
            NotFound, Conflict: as for ``get_trained``.
            InvalidInput: a row does not fit what the model learned; names row and column.
        """
        return await self._predict(await self.get_trained(model_id), rows)

    async def predict_newest(self, name: str, rows: list[Row]) -> list[Prediction]:
        """The same, by the newest version of this name that is ready."""
        async with self._models.read() as models:
            model = await models.newest_ready(self._own, name)
        if model is None:
            raise NotFound("There is no model of this name that is ready.")
        return await self._predict(model, rows)

    async def _predict(self, model: StatisticalModel, rows: list[Row]) -> list[Prediction]:
        predictor = await self._runtime.loaded.get(model)
        try:
            return await asyncio.to_thread(predictor.predict, rows)
        except WrongCell as error:
            field = f"rows.{error.row}.{error.column}"
            raise InvalidInput(field, error.message, code="wrong_cell") from None

    async def _check_queue(self) -> None:
        async with self._models.read() as models:
            waiting = await models.waiting()
        if waiting >= self._runtime.settings.training_queue_size:
            full = Unavailable("Too many trainings wait already.", code="queue_full")
            full.retry_after = QUEUE_FULL_SECONDS
            raise full

    async def _add(self, model_id: UUID, request: TrainingRequest) -> StatisticalModel:
        """Who asks for the next version at the same time as somebody else gets the one after."""
        for attempt in range(MOST_COLLISIONS):
            try:
                async with self._models.write() as models:
                    version = await models.next_version(self._own, request.name)
                    model = StatisticalModel(
                        id=model_id,
                        name=request.name,
                        version=version,
                        training_order=request.to_order().model_dump_json(),
                    )
                    return await models.add_owned(self._scope, model)
            except Conflict:
                await asyncio.sleep(0.01 * attempt)
        raise Conflict("Many train this name at once. Try again.", code="name_busy")
