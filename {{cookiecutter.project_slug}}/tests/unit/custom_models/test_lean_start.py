"""The application starts as quickly as without custom models."""

import json
import subprocess
import sys

from app.core.project import ROOT

PROGRAM = """
import json, sys
from app.main import create_app
create_app()
print(json.dumps(sorted({name.split(".")[0] for name in sys.modules})))
"""


def test_nothing_that_runs_models_is_loaded() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, check=True, encoding="utf-8"
    )
    loaded = set(json.loads(done.stdout))
    assert "app" in loaded
    heavy = {"torch", "transformers", "tokenizers", "huggingface_hub", "numpy", "PIL", "soundfile"}
    assert not loaded & heavy
