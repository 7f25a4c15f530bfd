"""Servers on several machines share a bucket and the database, and no folder.

The bucket is one of moto, a server that speaks like Amazon S3.
"""

import shutil
import sys
import time
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx2
import pytest

from support import app_server
from support import clean_environment
from support import external_servers
from support import processes
from support.paths import TEMPLATE

APP = [sys.executable, "-c", "from app.cli import main; main()"]
BUCKET = "s3://files"
BACKEND_TESTS = [
    "tests/kit/test_storage.py",
    "tests/ai/statistical/test_leftover_files.py",
    "tests/ai/statistical/test_statistical_processes.py",
    "tests/integration/statistical/test_models.py",
    "tests/integration/statistical/test_storage_failures.py",
]
MODELS = "/api/v1/ai/statistical/models"
ROWS = [
    {"age": age, "city": ("Rome", "Oslo")[age % 2], "buys": "yes" if age > 40 else "no"}
    for age in range(20, 60)
]
TIMEOUT_SECONDS = 120

Settings = dict[str, str]


@pytest.fixture(scope="module")
def bucket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Start a server with an empty bucket; yield the variables of its clients."""
    url = f"http://127.0.0.1:{app_server.find_free_port()}"
    log = tmp_path_factory.mktemp("bucket") / "log"
    command = [sys.executable, "-m", "moto.server", "--port", url.rpartition(":")[2]]
    with log.open("wb") as output, processes.started(command, stdout=output, stderr=output) as moto:
        assert app_server.wait_until_ready(moto, f"{url}/moto-api/"), log.read_text("utf-8")
        httpx2.put(f"{url}/files").raise_for_status()
        yield {
            "AWS_ENDPOINT_URL": url,
            "AWS_ACCESS_KEY_ID": "the-key",
            "AWS_SECRET_ACCESS_KEY": "the-secret",
            "AWS_REGION": "us-east-1",
        }


def test_the_tests_of_the_backend_pass_with_a_bucket(bucket: Settings) -> None:
    command = [sys.executable, "-m", "pytest", *BACKEND_TESTS]
    clean_environment.run_backend_tests(
        command, TEMPLATE, "sqlite", TEST_STORAGE_URL=BUCKET, **bucket
    )


def test_machines_share_a_bucket_and_no_folder(
    bake: Callable[..., Path], bucket: Settings, tmp_path: Path
) -> None:
    with ExitStack() as stack:
        database = stack.enter_context(external_servers.scratch_database("sqlite", tmp_path))
        settings = {**bucket, "DATABASE_URL": database, "STORAGE_URL": f"{BUCKET}/shop"}
        folders = []

        def start(name: str, workers: int) -> httpx2.Client:
            project = tmp_path / name
            shutil.copytree(bake(auth="none", ai_statistical="yes"), project)
            temporary = stack.enter_context(TemporaryDirectory())  # short, for names of sockets
            folders.extend([project / "storage", Path(temporary)])
            local = {"TMPDIR": temporary, "TRAINING_WORKERS": str(workers)}
            server = app_server.run_server([*APP, "serve"], project, tmp_path, **settings, **local)
            url = stack.enter_context(server)
            return stack.enter_context(httpx2.Client(base_url=url, timeout=TIMEOUT_SECONDS))

        asked, training = start("asked", 0), start("training", 1)
        model_id = train(asked)
        assert any(name.endswith(f"{model_id}/data.csv") for name in list_objects(bucket))
        model = wait_until_trained(asked, model_id)
        assert (model["status"], model["error"]) == ("ready", None)
        for client in (asked, training):
            response = client.post(
                f"{MODELS}/{model_id}/predict", json={"rows": [{"age": 25, "city": "Rome"}]}
            )
            assert response.status_code == httpx2.codes.OK, response.text
        assert asked.delete(f"{MODELS}/{model_id}").status_code == httpx2.codes.NO_CONTENT
        assert [name for name in list_objects(bucket) if name.startswith("shop/")] == []
        left = [path.name for folder in folders for path in folder.rglob("*.*")]
        assert [name for name in left if name.endswith((".csv", ".skops"))] == []


@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"STORAGE_URL": "s3://no-such-bucket"}, "NoSuchBucket"),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, "Connection refused"),
    ],
)
def test_a_bucket_that_cannot_be_used_stops_the_start_with_a_message(
    bake: Callable[..., Path],
    bucket: Settings,
    tmp_path: Path,
    changed: Settings,
    reason: str,
    workers: str,
) -> None:
    database = f"sqlite:///{(tmp_path / 'app.db').as_posix()}"
    settings = {**bucket, "STORAGE_URL": BUCKET, "DATABASE_URL": database, **changed}
    done = processes.run(
        [*APP, "serve", "--port", "0", "--workers", workers],
        cwd=bake(auth="none", ai_statistical="yes"),
        env=clean_environment.build_environment(**settings),
        capture_output=True,
        timeout_seconds=TIMEOUT_SECONDS,
    )
    assert done.returncode == 1
    assert f"Error: STORAGE_URL: {settings['STORAGE_URL']} cannot be used: " in done.stderr
    assert reason in done.stderr
    assert "AWS_ENDPOINT_URL" in done.stderr
    assert "Traceback" not in done.stderr
    assert "the-secret" not in done.stderr


def train(client: httpx2.Client) -> str:
    """Request a training; return the id of the model."""
    order = {"name": "buyers", "target": "buys", "algorithm": "logistic_regression", "rows": ROWS}
    response = client.post(MODELS, json=order)
    assert response.status_code == httpx2.codes.ACCEPTED, response.text
    return str(response.json()["id"])


def wait_until_trained(client: httpx2.Client, model_id: str) -> dict[str, Any]:
    """Return the model after its training."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        model: dict[str, Any] = client.get(f"{MODELS}/{model_id}").json()
        if model["status"] not in ("queued", "running"):
            return model
        time.sleep(0.1)
    raise AssertionError(f"model {model_id} is not trained in time")


def list_objects(bucket: Settings) -> list[str]:
    """Return the names of all files in the bucket, as the server lists them."""
    listing = httpx2.get(f"{bucket['AWS_ENDPOINT_URL']}/files?list-type=2").text
    return [part.partition("</Key>")[0] for part in listing.split("<Key>")[1:]]
