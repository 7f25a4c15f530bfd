"""Errors of training, profiling and prediction, worded for readers who are not statisticians."""

from app.kit.exceptions import Conflict
from app.kit.exceptions import Unavailable


class TrainingError(Exception):
    """The table or the request cannot be used; the message says why and how to fix it."""


class TableTooLargeError(TrainingError):
    """The table exceeds a limit; ``code`` names it for programs."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


class CorruptModelError(Exception):
    """The file of a model differs from what was saved."""


class InvalidCell(Exception):
    """A cell of a row to predict does not match the columns that the model was trained on."""

    def __init__(self, row: int, column: str, message: str) -> None:
        super().__init__(f"row {row}, column {column!r}: {message}")
        self.row = row
        self.column = column
        self.message = message


class TrainingQueueFull(Unavailable):
    """The training queue is full."""

    code = "queue_full"
    retry_after = 30


class TooManyQueued(Conflict):
    """The owner has too many queued trainings."""

    code = "too_many_queued"


class TooManyModels(Conflict):
    """The owner has too many models."""

    code = "too_many_models"


class StorageFull(Conflict):
    """The owner's models and tables take too much storage."""

    code = "storage_full"


class ModelNotReady(Conflict):
    """The training has not ended, or has failed."""

    code = "model_not_ready"


class ModelOutdated(Conflict):
    """The installed libraries cannot load the model."""

    code = "model_outdated"


UNEXPECTED = "An unexpected error occurred. See the server log for details."
WORKER_KILLED = (
    "The worker process was killed before it finished, most likely because memory ran out. "
    "Use fewer rows or columns, or try again."
)
STORAGE_UNAVAILABLE = "The file storage was unavailable. Train the model again later."
TRAINING_LOST = "The process that ran the training was lost more than once. Try again later."

MAX_NOTES = 5


def timed_out(seconds: int) -> str:
    """Return the message for work that exceeds its time limit."""
    return f"It took longer than {seconds} seconds. Use fewer rows or columns."


def memory_exceeded(megabytes: int) -> str:
    """Return the message for work that exceeds its memory limit."""
    return f"It needed more than {megabytes} MB of memory. Use fewer rows or columns."


def model_too_large(size: int, limit: int) -> TrainingError:
    """Return the error for a model file that exceeds the size limit."""
    return TrainingError(
        f"The model would take {size / 1024**2:.1f} MB; the limit is {limit / 1024**2:.0f} MB. "
        "Use fewer rows, fewer distinct target values, or another algorithm."
    )


def too_many_rows(limit: int) -> TableTooLargeError:
    """Return the error for a table with too many rows."""
    return TableTooLargeError(
        f"The table has more than {limit} rows. Use fewer rows.", "too_many_rows"
    )


def too_many_columns(limit: int) -> TableTooLargeError:
    """Return the error for a table with too many columns."""
    return TableTooLargeError(
        f"The table has more than {limit} columns. Use fewer columns.", "too_many_columns"
    )


def too_many_cells(limit: int) -> TableTooLargeError:
    """Return the error for a table with too many cells."""
    return TableTooLargeError(
        f"The table has more than {limit} cells (rows times columns). Use fewer rows or columns.",
        "too_many_cells",
    )


def unknown_column(name: str, columns: list[str]) -> TrainingError:
    """Return the error for a target or feature that the table does not have."""
    known = ", ".join(repr(column) for column in columns[:10])
    return TrainingError(f"There is no column {name!r}. The columns are: {known}.")


def too_few_rows(rows: int, minimum: int) -> TrainingError:
    """Return the error for a table with too few rows to train on."""
    return TrainingError(f"There are too few rows: {rows}. At least {minimum} are needed.")


def constant_target(column: str, value: str) -> TrainingError:
    """Return the error for a target with a single distinct value."""
    return TrainingError(
        f"All values of {column!r} are the same ({value!r}), so there is nothing to predict."
    )


def label_too_long(column: str, value: str, limit: int) -> TrainingError:
    """Return the error for a target that contains long text."""
    return TrainingError(
        f"{column!r} contains a value of more than {limit} characters: {value!r}. "
        "Use shorter target values."
    )


def rare_class(column: str, value: str) -> TrainingError:
    """Return the error for a label that occurs in a single row."""
    return TrainingError(
        f"{value!r} occurs only once in {column!r}. Each label needs at least two rows."
    )


def too_many_classes(column: str, count: int, limit: int) -> TrainingError:
    """Return the error for a target with too many distinct labels."""
    return TrainingError(
        f"{column!r} has {count} different values; a classification supports at most {limit}. "
        "If the values are amounts, request a regression."
    )


def non_numeric_target(column: str, value: str) -> TrainingError:
    """Return the error for a regression target with a value that is not a number."""
    return TrainingError(
        f"A regression needs numbers, but {column!r} contains the value {value!r}."
    )


def target_out_of_range(column: str, value: str, limit: float) -> TrainingError:
    """Return the error for a regression target whose scores would overflow."""
    return TrainingError(
        f"A regression needs numbers between {-limit:.0e} and {limit:.0e}, "
        f"but {column!r} contains the value {value!r}."
    )


def no_usable_features(notes: list[str]) -> TrainingError:
    """Return the error for features that are all empty, constant or unique; the notes say which."""
    return TrainingError(" ".join(["No usable feature column is left.", *notes[:MAX_NOTES]]))
