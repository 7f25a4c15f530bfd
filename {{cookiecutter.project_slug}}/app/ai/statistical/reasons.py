"""Why something could not be learned, in sentences for people who are no statisticians."""


class Failure(Exception):
    """The data cannot be used as asked; the message says why and, if possible, what to do."""


UNEXPECTED = "The training stopped unexpectedly. The log of the server says more."
DIED = (
    "The training was ended from outside before it was done, most likely for want of memory. "
    "Use fewer rows or columns, or try again."
)
STOPPED = "The training stopped before it was done, more than once. Its process was ended."


MOST_NOTES = 5


def too_slow(seconds: int) -> str:
    """The time is up."""
    return f"The training took longer than {seconds} seconds. Use fewer rows or columns."


def too_big(megabytes: int) -> str:
    """The memory is full."""
    return f"The training needed more than {megabytes} MB of memory. Use fewer rows or columns."


def no_column(name: str, columns: list[str]) -> Failure:
    """A column that was asked for is not in the table."""
    known = ", ".join(repr(column) for column in columns[:10])
    return Failure(f"There is no column {name!r}. The columns are: {known}.")


def too_few_rows(rows: int, fewest: int) -> Failure:
    """Nothing can be learned from so little."""
    return Failure(f"There are too few rows: {rows}, and at least {fewest} are needed.")


def one_value(column: str, value: str) -> Failure:
    """There is nothing to tell apart."""
    return Failure(
        f"All values of {column!r} are the same ({value!r}), so there is nothing to learn."
    )


def rare_class(column: str, value: str) -> Failure:
    """No label can be learned from a single row."""
    return Failure(
        f"{value!r} stands only once in {column!r}. Each value to predict needs at least two rows."
    )


def too_many_classes(column: str, count: int, most: int) -> Failure:
    """A column of names or numbers is no set of labels."""
    return Failure(
        f"{column!r} has {count} different values, and at most {most} can be told apart. "
        "If it holds amounts, ask for a regression."
    )


def not_numeric(column: str, value: str) -> Failure:
    """A regression predicts numbers."""
    return Failure(f"{column!r} must hold numbers to be estimated, but one value is {value!r}.")


def too_large(column: str, value: str, largest: float) -> Failure:
    """What is computed with such numbers would be infinite."""
    return Failure(
        f"{column!r} must hold numbers between {-largest:.0e} and {largest:.0e} to be estimated, "
        f"but one value is {value!r}."
    )


def nothing_to_learn_from(notes: list[str]) -> Failure:
    """Every feature is empty, constant or different in each row; the notes say which is what."""
    return Failure(" ".join(["No column is left to learn from.", *notes[:MOST_NOTES]]))
