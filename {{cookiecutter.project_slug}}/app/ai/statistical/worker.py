"""The code of worker processes: train a model, or profile a table.

Workers are forked from a server process that has imported only this module, so they start fast and
hold nothing of the web application. They report back as JSON over a pipe.
"""

import json
import multiprocessing
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from io import BytesIO
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from app.ai.statistical.import_blocker import block_import

# One thread per worker. Set this before importing a numerical library.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")
block_import("torch")  # skops imports all of scikit-learn, which imports it if it is installed

from app.ai.statistical import errors  # noqa: E402
from app.ai.statistical import persistence  # noqa: E402
from app.ai.statistical import profile  # noqa: E402
from app.ai.statistical.runner import ProfileJob  # noqa: E402
from app.ai.statistical.runner import TrainingJob  # noqa: E402
from app.ai.statistical.tables import read_csv  # noqa: E402
from app.ai.statistical.training import train  # noqa: E402
from app.kit.sizes import MEGABYTE  # noqa: E402

Progress = Callable[[int], None]
Work = Callable[[str, Progress], dict[str, Any]]
"""Takes a job as JSON, reports progress in percent, and returns output that JSON can express."""


def train_model(job: str, progress: Progress) -> dict[str, Any]:
    """Run a ``TrainingJob``, and save the model in a local file."""
    training = TrainingJob.model_validate_json(job)
    with Path(training.table_path).open("rb") as file:
        table = read_csv(file, training.limits)
    progress(5)
    trained = train(table, training.spec, progress)
    progress(90)
    path = Path(training.model_path)
    saved = persistence.save(trained.pipeline, path, training.max_model_bytes)
    return {"result": trained.result.model_dump_json(), **saved._asdict()}


def profile_table(job: str, progress: Progress) -> dict[str, Any]:
    """Run a ``ProfileJob``."""
    request = ProfileJob.model_validate_json(job)
    table = read_csv(BytesIO(request.table), request.limits)
    progress(50)
    return {"profile": profile.describe(table).model_dump_json()}


def main(work: Work, job: str, megabytes: int, connection: Connection) -> None:
    """Run the job, and send its ``output`` or an ``error`` message as a JSON object."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the server handles Ctrl-C
    threading.Thread(target=_exit_with_server, daemon=True).start()

    def send(**message: Any) -> None:
        connection.send_bytes(json.dumps(message).encode())

    try:
        _limit_memory(megabytes)
        send(output=work(job, lambda percent: send(progress=percent)))
    except errors.TrainingError as error:
        send(error=str(error))
    except MemoryError:
        send(error=errors.memory_exceeded(megabytes))
    except Exception:
        send(error=errors.UNEXPECTED, log=traceback.format_exc())


def _exit_with_server() -> None:
    """Exit when the server dies: a killed server cannot stop its workers."""
    if (server := multiprocessing.parent_process()) is not None:
        server.join()
        os._exit(1)


def _limit_memory(megabytes: int) -> None:
    """Limit the memory that this process may allocate from now on. Works on Linux only."""
    if sys.platform == "linux":
        import resource

        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        limit = pages * resource.getpagesize() + megabytes * MEGABYTE
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
