"""The server stops in time while a model is running."""

import asyncio
import signal
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from httpx2 import TransportError

from tests.support.custom_models import CUSTOM_MODELS
from tests.support.custom_models import write_config_file
from tests.support.processes import serving_by
from tests.support.processes import somebody_at

# The command `app` with a model that runs for ten minutes and cannot be interrupted.
PROGRAM = """
import time
from app.ai.local_models import loading


def predict(*_):
    print("busy", flush=True)
    time.sleep(600)


class Model:
    device, megabytes, max_padding, batch_size, batch_tokens, parallel = "cpu", 1, 0, 1, 1000, False
    predict = predict

    def count_tokens(self, _):
        return 1


class Prepared:
    megabytes = 1

    def load(self):
        return Model()


loading.prepare_model = lambda *_: Prepared()
from app.core.config import Settings
Settings.model_config["env_file"] = None
from app.cli import main
main()
"""

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_the_shutdown_does_not_wait_for_a_model(
    database_url: str, tmp_path: Path, number: signal.Signals
) -> None:
    keys = {"task": "text-generation", "model": "any/model", "timeout_seconds": 600}
    file = write_config_file(tmp_path / "models.toml", {"busy": keys})
    command = [sys.executable, "-c", PROGRAM, "serve", "--port", "0"]
    settings = {
        "CUSTOM_MODELS_FILE": str(file),
        "DATABASE_URL": database_url,
        "SHUTDOWN_SECONDS": "1",
    }
    with serving_by(command, **settings) as server:
        async with somebody_at(server) as client:
            url = f"{CUSTOM_MODELS}/busy/generate"
            request = asyncio.ensure_future(client.post(url, json={"inputs": ["a"]}))
            await asyncio.to_thread(server.wait_for, "busy\n")
            server.process.send_signal(number)
            await server.ended()
            with suppress(TransportError):
                assert (await request).status_code == 503
