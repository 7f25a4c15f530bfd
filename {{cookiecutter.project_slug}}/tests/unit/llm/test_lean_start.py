"""What takes long to load is loaded when the first question is asked, and once."""

import asyncio
import subprocess
import sys

from app.ai.llm.openai_compatible import OpenAiModel
from app.core.project import ROOT
from tests.support.settings import make_settings
from tests.unit.llm.fakes import QUESTION

PROGRAM = """
import sys
from app.core.config import Settings
Settings.model_config["env_file"] = None
from app.main import create_app
create_app()
print(sorted(sys.modules.keys() & {"openai", "httpx2", "jiter"}))
"""


def test_an_application_that_asked_nothing_has_not_loaded_the_library() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, encoding="utf-8", check=True
    )
    assert done.stdout.strip() == "[]"


async def test_all_questions_share_one_client() -> None:
    model = OpenAiModel(make_settings(llm_api_key="k"))
    clients = await asyncio.gather(*(model._shared_client() for _ in range(5)))
    assert len({id(client) for client in clients}) == 1
    await model.close()


async def test_a_model_that_was_never_asked_can_be_closed() -> None:
    await OpenAiModel(make_settings(llm_api_key="k")).close()


def test_openai_itself_is_told_the_bound_by_its_newer_name() -> None:
    official = OpenAiModel(make_settings(llm_api_key="k"))._request(QUESTION)
    assert official["max_completion_tokens"] == 10
    assert "max_tokens" not in official
    assert "temperature" not in official
