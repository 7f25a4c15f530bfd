"""The codes of answers stand where docs/custom-models.md says."""

import re

from httpx2 import AsyncClient

from app.core.project import ROOT
from tests.support.custom_models import CUSTOM_MODELS
from tests.support.problems import problem_of
from tests.support.tiny_models import LONGEST


async def test_what_is_refused_is_told_in_errors(client: AsyncClient) -> None:
    page = (ROOT / "docs" / "custom-models.md").read_text(encoding="utf-8")
    ((code, told),) = re.findall(r"^\| 422 `(\w+)` \| (.*) \|$", page, re.MULTILINE)
    for path, body, code_of_field in (
        ("text-classification/embed", {"inputs": ["cat"]}, "wrong_task"),
        ("text-classification/classify", {"inputs": ["cat " * LONGEST]}, "unusable_input"),
        ("text-classification/classify", {"inputs": ["cat"], "labels": ["pet"]}, "invalid"),
    ):
        response = await client.post(f"{CUSTOM_MODELS}/{path}", json=body)
        assert problem_of(response, 422, code)["errors"][0]["code"] == code_of_field
        assert f"`{code_of_field}`" in told
