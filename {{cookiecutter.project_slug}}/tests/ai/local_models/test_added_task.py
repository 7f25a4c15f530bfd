"""The task that docs/custom-models.md adds works as shown."""

import re
from pathlib import Path
from typing import Any

import pytest

from app.ai.local_models.adapters import registry
from app.ai.local_models.adapters.base import Adapter
from app.kit.project_metadata import ROOT
from tests.support.accounts import log_in_somebody
from tests.support.apps import Connect
from tests.support.apps import StartApp
from tests.support.custom_models import CUSTOM_MODELS
from tests.support.custom_models import write_config_file
from tests.support.problems import refused_fields

TASK = 'task = "fill-mask"'


@pytest.fixture
def adapter() -> type[Adapter]:
    """Return the class from the page."""
    page = (ROOT / "docs" / "custom-models.md").read_text(encoding="utf-8")
    (code,) = [each for each in re.findall(r"```python\n(.*?)```", page, re.DOTALL) if TASK in each]
    names: dict[str, Any] = {"__name__": "masks"}
    exec(code, names)  # noqa: S102 - our own page
    shown: type[Adapter] = names["FillMask"]
    return shown


async def test_one_class_adds_a_task(
    adapter: type[Adapter],
    start_app: StartApp,
    connect: Connect,
    model_folders: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(registry.TASKS, adapter.task, adapter)
    keys = {"task": "fill-mask", "model": str(model_folders / "fill-mask"), "device": "cpu"}
    file = write_config_file(tmp_path / "models.toml", {"gaps": keys})
    client = connect(await start_app(custom_models_file=file))
    await log_in_somebody(client)  # %if jwt
    url = f"{CUSTOM_MODELS}/gaps/classify"
    response = await client.post(url, json={"inputs": ["the cat [MASK]", "[MASK] dog"]})
    results = response.json()["results"]
    assert [len(result["scores"]) for result in results] == [5, 5]
    response = await client.post(url, json={"inputs": ["the cat [MASK]", "no gap"]})
    assert refused_fields(response) == ["inputs.1"]
