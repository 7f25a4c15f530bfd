"""The application starts without importing torch and the other heavy libraries."""

import json
import subprocess
import sys
import threading
from contextlib import suppress
from typing import Any

from app.ai.local_models.source import _prepare_model
from app.kit.import_guard import IMPORT_GUARD
from app.kit.project_metadata import ROOT

PROGRAM = """
import json, sys
from app.main import create_app
create_app()
print(json.dumps(sorted({name.split(".")[0] for name in sys.modules})))
"""


def test_heavy_libraries_are_not_imported() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, check=True, encoding="utf-8"
    )
    loaded = set(json.loads(done.stdout))
    assert "app" in loaded
    heavy = {"torch", "transformers", "tokenizers", "huggingface_hub", "numpy", "PIL", "soundfile"}
    assert not loaded & heavy


def test_models_wait_while_another_library_is_imported() -> None:
    nothing: Any = None
    finished = threading.Event()

    def load() -> None:
        with suppress(Exception):
            _prepare_model(nothing, nothing)
        finished.set()

    thread = threading.Thread(target=load)
    with IMPORT_GUARD:
        thread.start()
        assert not finished.wait(0.5)
    thread.join()
    assert finished.is_set()
