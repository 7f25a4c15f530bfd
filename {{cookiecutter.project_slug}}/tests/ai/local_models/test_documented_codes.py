"""Responses have the codes that docs/custom-models.md lists."""

import re

from httpx2 import AsyncClient

from app.kit.project_metadata import ROOT
from tests.support.custom_models import CUSTOM_MODELS
from tests.support.problems import problem_of
from tests.support.tiny_models import MAX_TOKENS


async def test_errors_have_the_documented_codes(client: AsyncClient) -> None:
    page = (ROOT / "docs" / "custom-models.md").read_text(encoding="utf-8")
    ((code, description),) = re.findall(r"^\| 422 `(\w+)` \| (.*) \|$", page, re.MULTILINE)
    for path, body, code_of_field in (
        ("text-classification/embed", {"inputs": ["cat"]}, "wrong_task"),
        ("text-classification/classify", {"inputs": ["cat " * MAX_TOKENS]}, "unusable_input"),
        ("text-classification/classify", {"inputs": ["cat"], "labels": ["pet"]}, "invalid"),
    ):
        response = await client.post(f"{CUSTOM_MODELS}/{path}", json=body)
        assert problem_of(response, 422, code)["errors"][0]["code"] == code_of_field
        assert f"`{code_of_field}`" in description
