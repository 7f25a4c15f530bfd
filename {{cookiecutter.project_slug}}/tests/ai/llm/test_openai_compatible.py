"""The OpenAI library is loaded for the first request only, and gets the right parameters."""

import asyncio
import subprocess
import sys

from app.ai.llm.openai_compatible import OpenAiModel
from app.kit.project_metadata import ROOT
from tests.ai.llm.fakes import REQUEST
from tests.support.settings import make_settings

PROGRAM = """
import sys
from app.core.config import Settings
Settings.model_config["env_file"] = None
from app.main import create_app
create_app()
print(sorted(sys.modules.keys() & {"openai", "httpx2", "jiter"}))
"""


def test_starting_does_not_load_the_library() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, encoding="utf-8", check=True
    )
    assert done.stdout.strip() == "[]"


async def test_all_requests_share_one_client() -> None:
    model = OpenAiModel(make_settings(llm_api_key="k"))
    clients = await asyncio.gather(*(model._get_client() for _ in range(5)))
    assert len({id(client) for client in clients}) == 1
    await model.close()


async def test_an_unused_model_can_be_closed() -> None:
    await OpenAiModel(make_settings(llm_api_key="k")).close()


def test_openai_gets_the_new_name_of_max_tokens() -> None:
    official = OpenAiModel(make_settings(llm_api_key="k"))._to_parameters(REQUEST)
    assert official["max_completion_tokens"] == 10
    assert "max_tokens" not in official
    assert "temperature" not in official
