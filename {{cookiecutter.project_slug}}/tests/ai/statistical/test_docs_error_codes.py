"""docs/statistics.md lists the error codes of fields."""

import re

from httpx2 import AsyncClient

from app.kit.project_metadata import ROOT
from tests.support.problems import problem_of
from tests.support.statistical import MODELS
from tests.support.statistical import STATISTICAL
from tests.support.statistical import train_to_the_end


async def test_field_codes_are_documented(client: AsyncClient) -> None:
    page = (ROOT / "docs" / "statistics.md").read_text(encoding="utf-8")
    ((code, cause),) = re.findall(r"^\| 422 `(\w+)` \| (.*) \|$", page, re.MULTILINE)
    model = await train_to_the_end(client)
    for path, code_of_field in (
        (f"{STATISTICAL}/describe", "no_table"),
        (f"{MODELS}/{model['id']}/predict", "wrong_cell"),
    ):
        response = await client.post(path, json={"rows": [{}]})
        assert problem_of(response, 422, code)["errors"][0]["code"] == code_of_field
        assert f"`{code_of_field}`" in cause
