"""What runs in worker processes: training a model, describing a table.

A worker is forked from a small server process that has loaded only what stands here, so it starts
at once and holds nothing of the application. It answers by JSON over a pipe.
"""

import json
import multiprocessing
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from app.ai.statistical.absent import keep_out

# One processor for each worker, decided before any library that computes is loaded.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")
keep_out("torch")  # skops looks through all of scikit-learn, which loads it where it is installed

from app.ai.statistical import profile  # noqa: E402
from app.ai.statistical import reasons  # noqa: E402
from app.ai.statistical import store  # noqa: E402
from app.ai.statistical.orders import DescribingJob  # noqa: E402
from app.ai.statistical.orders import TrainingJob  # noqa: E402
from app.ai.statistical.tables import Limits  # noqa: E402
from app.ai.statistical.tables import read_csv  # noqa: E402
from app.ai.statistical.training import train  # noqa: E402

Progress = Callable[[int], None]
Work = Callable[[str, Progress], dict[str, Any]]
"""Takes an order as JSON, and tells percents on the way; its answer must fit into JSON."""


def train_model(order: str, progress: Progress) -> dict[str, Any]:
    """Train what a ``TrainingJob`` asks for, and store the model beside its data."""
    job = TrainingJob.model_validate_json(order)
    table = read_csv(Path(job.data), Limits(job.most_rows, job.most_columns))
    progress(5)
    trained = train(table, job.order, progress)
    progress(90)
    sha256 = store.save(trained.pipeline, Path(job.model))
    return {"result": trained.result.model_dump_json(), "sha256": sha256}


def describe_table(order: str, progress: Progress) -> dict[str, Any]:
    """Describe the table that a ``DescribingJob`` names."""
    job = DescribingJob.model_validate_json(order)
    table = read_csv(Path(job.data), Limits(job.most_rows, job.most_columns))
    progress(50)
    return {"profile": profile.describe(table).model_dump_json()}


def main(work: Work, order: str, megabytes: int, connection: Connection) -> None:
    """Do the work and send what came of it: ``answer`` or ``failure``, in a JSON object."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the server's to handle
    threading.Thread(target=_end_with_the_server, daemon=True).start()

    def send(**message: Any) -> None:
        connection.send_bytes(json.dumps(message).encode())

    try:
        _limit_memory(megabytes)
        send(answer=work(order, lambda percent: send(progress=percent)))
    except reasons.Failure as error:
        send(failure=str(error))
    except MemoryError:
        send(failure=reasons.too_big(megabytes))
    except Exception:
        send(failure=reasons.UNEXPECTED, log=traceback.format_exc())


def _end_with_the_server() -> None:
    """A server that was killed can end nobody: its workers notice and end themselves."""
    if (server := multiprocessing.parent_process()) is not None:
        server.join()
        os._exit(1)


def _limit_memory(megabytes: int) -> None:
    """Let this process take so much more than it has now. Only Linux holds such a limit."""
    if sys.platform == "linux":
        import resource

        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        most = pages * resource.getpagesize() + megabytes * 1024 * 1024
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
