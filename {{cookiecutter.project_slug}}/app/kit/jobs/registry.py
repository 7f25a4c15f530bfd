"""Job functions: collects those of a package, and enqueues calls of them."""

import hashlib
import importlib
import inspect
import json
import pkgutil
from collections.abc import Awaitable
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from copy import copy
from datetime import timedelta
from typing import Any
from typing import Concatenate
from typing import Generic
from typing import ParamSpec
from typing import TypeVar
from typing import get_origin
from typing import get_type_hints
from uuid import UUID

from cronsim import CronSim
from cronsim import CronSimError
from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.exceptions import StartupError
from app.kit.jobs.context import JobContext
from app.kit.jobs.queue import JobQueue
from app.kit.jobs.table import JobColumns
from app.utils.clock import utc_now

P = ParamSpec("P")
R = TypeVar("R")

DEFAULT_QUEUE = "default"


class JobFunction(Generic[P]):
    """An async function that workers run, and how they run it."""

    def __init__(
        self,
        table: type[JobColumns],
        function: Callable[..., Awaitable[None]],
        name: str,
        *,
        max_retries: int,
        timeout_seconds: float,
        queue: str,
        priority: int,
        unique: bool,
        cron: str | None,
    ) -> None:
        self.name = name
        self.max_retries = max_retries
        self.timeout_seconds = timeout_seconds
        self.cron = cron
        self.options = {"queue": queue, "priority": priority}
        self._table = table
        self._function = function
        self._unique = unique
        self._owner = ""
        self._delay_seconds = 0.0
        self._signature = inspect.signature(function)
        hints = get_type_hints(function, include_extras=True)
        where = f"The job {function.__name__} in {function.__module__}"
        parameters = list(self._signature.parameters.values())
        _check_function(where, function, parameters, hints)
        if cron is not None:
            _check_schedule(where, cron, parameters)
        names = [each.name for each in parameters[1:]]  # without the context
        self._types: dict[str, TypeAdapter[Any]] = {key: TypeAdapter(hints[key]) for key in names}

    def with_options(
        self, *, owner: UUID | str = "", delay: timedelta = timedelta(0)
    ) -> "JobFunction[P]":
        """Return the function to be enqueued for an owner, or after a delay.

        Owners share the workers fairly: the thousand jobs of one do not hold up those of another.
        """
        found = copy(self)
        found._owner = str(owner)
        found._delay_seconds = delay.total_seconds()
        return found

    async def enqueue(self, session: AsyncSession, /, *args: P.args, **kwargs: P.kwargs) -> UUID:
        """Store a call of this function in the transaction of the session; return the job's id.

        A unique function is not enqueued twice: the id of the unfinished job is returned.

        Raises:
            TypeError, ValidationError: the function does not take these arguments.
        """
        arguments = self._to_json(*args, **kwargs)
        return await JobQueue(session, self._table).add(
            name=self.name,
            arguments=arguments,
            owner=self._owner,
            unique_key=self.unique_key(arguments),
            delay_seconds=self._delay_seconds,
            **self.options,
        )

    def unique_key(self, arguments: str) -> str | None:
        """Return what only one unfinished job may have: the name and a hash of the arguments."""
        digest = hashlib.sha256(arguments.encode()).hexdigest()
        return f"{self.name}:{digest}" if self._unique else None

    async def run(self, context: JobContext[Any], arguments: str) -> None:
        """Call the function with stored arguments.

        Raises:
            TypeError, ValidationError: the function takes other arguments by now.
        """
        values: dict[str, Any] = json.loads(arguments)
        given = {
            key: self._types[key].validate_python(value) if key in self._types else value
            for key, value in values.items()
        }
        await self._function(context, **given)

    def _to_json(self, *args: Any, **kwargs: Any) -> str:
        given = list(self._signature.bind(None, *args, **kwargs).arguments.items())[1:]
        values = {}
        for key, value in given:
            adapter = self._types[key]
            values[key] = adapter.dump_python(adapter.validate_python(value), mode="json")
        return json.dumps(values, sort_keys=True)


class JobRegistry(Generic[R]):
    """The job functions of a package; ``table`` is the model that stores their calls."""

    def __init__(self, table: type[JobColumns], package: str) -> None:
        self.table = table
        self.functions: dict[str, JobFunction[Any]] = {}
        self._package = package

    def job(
        self,
        *,
        name: str | None = None,
        max_retries: int = 5,
        timeout_seconds: float = 300,
        queue: str = DEFAULT_QUEUE,
        priority: int = 0,
        unique: bool = False,
        cron: str | None = None,
    ) -> Callable[[Callable[Concatenate[JobContext[R], P], Awaitable[None]]], JobFunction[P]]:
        """Make a job of an async function, whose first parameter is the ``JobContext``.

        Args:
            name: identifies the function in the database; the default is its own name.
            max_retries: how often it runs again after errors, with growing pauses.
            timeout_seconds: an attempt that takes longer is an error.
            queue: workers can be told to run some queues only.
            priority: jobs of a higher priority run first.
            unique: there is only one unfinished job with the same arguments.
            cron: run it at these times (UTC) as well: minute, hour, day, month, day of the week.
        """

        def decorate(
            function: Callable[Concatenate[JobContext[R], P], Awaitable[None]],
        ) -> JobFunction[P]:
            key = name or function.__name__
            if key in self.functions:
                raise StartupError(f"There are two jobs with the name {key!r}; rename one.")
            registered: JobFunction[P] = JobFunction(
                self.table,
                function,
                key,
                max_retries=max_retries,
                timeout_seconds=timeout_seconds,
                queue=queue,
                priority=priority,
                unique=unique,
                cron=cron,
            )
            self.functions[key] = registered
            return registered

        return decorate

    def load(self) -> None:
        """Import every module of the package, and so collect its functions."""
        for module in pkgutil.iter_modules(importlib.import_module(self._package).__path__):
            importlib.import_module(f"{self._package}.{module.name}")

    def unique_key(self, job: JobColumns) -> str | None:
        """Return the unique key of a stored job when it is queued again."""
        if job.unique_key is not None:
            return job.unique_key
        function = self.functions.get(job.name)
        return None if function is None else function.unique_key(job.arguments)

    @property
    def periodic(self) -> list[JobFunction[Any]]:
        """The functions that have a schedule."""
        return [function for function in self.functions.values() if function.cron is not None]


def _check_function(
    where: str,
    function: Callable[..., Any],
    parameters: Sequence[inspect.Parameter],
    hints: Mapping[str, Any],
) -> None:
    if not inspect.iscoroutinefunction(function):
        raise StartupError(f"{where} must be an async function: write async def.")
    context = hints.get(parameters[0].name) if parameters else None
    if get_origin(context) is not JobContext:
        example = f"async def {function.__name__}(context: Context, …)"
        raise StartupError(f"{where} must take its context first: {example}.")
    for each in parameters[1:]:
        if each.name not in hints:
            raise StartupError(f"{where} has no type for {each.name}; write {each.name}: str.")


def _check_schedule(where: str, cron: str, parameters: Sequence[inspect.Parameter]) -> None:
    if any(each.default is each.empty for each in parameters[1:]):
        raise StartupError(f"{where} has a schedule, so its arguments must have defaults.")
    try:
        next(CronSim(cron, utc_now()))
    except (CronSimError, StopIteration) as error:
        raise StartupError(f"{where} has a wrong cron expression {cron!r}: {error}.") from None
