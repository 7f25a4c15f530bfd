"""Uploads of CSV files."""

from typing import Any

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient

from tests.support.accounts import log_in_somebody
from tests.support.apps import Connect
from tests.support.apps import StartApp
from tests.support.problems import problem_of
from tests.support.problems import refused_fields
from tests.support.statistical import MODELS
from tests.support.statistical import STATISTICAL
from tests.support.statistical import read
from tests.support.statistical import wait_for

LINES = ["größe;ort;kauft", *(f"{n},5;{'Ulm' if n % 2 else 'Köln'};{n > 20}" for n in range(40))]
FIELDS = {"name": "käufer", "algorithm": "logistic_regression", "target": "kauft"}


def csv(encoding: str = "utf-8-sig", lines: list[str] = LINES) -> dict[str, Any]:
    """Return a file as a German spreadsheet writes it."""
    return {"file": ("table.csv", "\r\n".join(lines).encode(encoding), "text/csv")}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
async def test_a_model_is_trained_on_a_file(client: AsyncClient, encoding: str) -> None:
    response = await client.post(f"{MODELS}/csv", data=FIELDS, files=csv(encoding))
    assert response.status_code == 202, response.text
    model = await wait_for(client, response.json()["id"])
    assert model["error"] is None
    columns = {column["name"]: column["type"] for column in model["result"]["input_schema"]}
    assert columns == {"größe": "number", "ort": "category"}
    path = f"{MODELS}/by-name/käufer/predict"
    answer = await client.post(path, json={"rows": [{"größe": 39, "ort": "Ulm"}]})
    assert answer.json()["predictions"][0]["label"] == "True"


@pytest.mark.parametrize("features", [["größe", "ort"], ["größe,ort"], ['["größe", "ort"]']])
async def test_features_have_several_forms(client: AsyncClient, features: list[str]) -> None:
    data = {**FIELDS, "features": features}
    response = await client.post(f"{MODELS}/csv", data=data, files=csv())
    assert (await read(client, response.json()["id"]))["features"] == ["größe", "ort"]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": "a/b"}, "name"),
        ({"algorithm": "magic"}, "algorithm"),
        ({"features": "[1"}, "features"),
        ({"features": "ort,größe,ort"}, "features"),
        ({"colour": "red"}, "colour"),
    ],
)
async def test_an_invalid_field_is_named(
    client: AsyncClient, fields: dict[str, str], field: str
) -> None:
    response = await client.post(f"{MODELS}/csv", data={**FIELDS, **fields}, files=csv())
    assert refused_fields(response) == [field]
    response = await client.post(f"{MODELS}/csv", data=FIELDS)
    assert refused_fields(response) == ["file"]


async def test_csv_is_not_an_id(client: AsyncClient) -> None:
    response = await client.get(f"{MODELS}/csv")
    problem_of(response, 405, "method_not_allowed")
    assert response.headers["Allow"] == "POST"


async def test_a_row_that_is_too_short_is_reported(client: AsyncClient) -> None:
    files = csv(lines=[*LINES, "1;2"])
    queued = (await client.post(f"{MODELS}/csv", data=FIELDS, files=files)).json()
    model = await wait_for(client, queued["id"])
    assert model["error"].startswith("Row 41 has 2 values, but there are 3 columns.")


async def test_a_file_is_described(client: AsyncClient) -> None:
    response = await client.post(f"{STATISTICAL}/describe/csv", files=csv())
    assert [column["distinct"] for column in response.json()["columns"]] == [40, 2, 2]
    refused = await client.post(f"{STATISTICAL}/describe/csv", files=csv(lines=["a;a", "1;2"]))
    assert refused_fields(refused) == ["file"]


async def test_files_have_their_own_size_limit(
    start_app: StartApp, connect: Connect, storage_url: str
) -> None:
    app = await start_app(storage_url=storage_url, max_body_bytes=2000, table_max_bytes=8000)
    client = connect(app)
    await log_in_somebody(client)  # %if jwt
    longer = csv(lines=LINES * 4)
    assert len(longer["file"][1]) > 2000
    response = await client.post(f"{MODELS}/csv", data=FIELDS, files=longer)
    assert response.status_code == 202
    response = await client.post(f"{MODELS}/csv", data=FIELDS, files=csv(lines=LINES * 40))
    problem_of(response, 413, "content_too_large")
    rows = {"rows": [{"a": "x" * 3000}]}
    problem_of(await client.post(f"{STATISTICAL}/describe", json=rows), 413, "content_too_large")


@pytest.mark.parametrize("path", [f"{MODELS}/csv", f"{STATISTICAL}/describe/csv"])
@pytest.mark.parametrize("given", ["text/csv", "application/x-www-form-urlencoded"])
async def test_a_body_that_is_not_a_form_has_an_error_message(
    client: AsyncClient, path: str, given: str
) -> None:
    response = await client.post(path, content=b"a,b\n1,2\n", headers={"Content-Type": given})
    assert "file" in refused_fields(response)
    message = response.json()["errors"][0]["message"]
    assert message.startswith(f"Send the body as multipart/form-data, not as {given}")


def test_client_generators_can_read_the_forms(app: FastAPI) -> None:
    shapes = app.openapi()["components"]["schemas"]
    for name in ("TrainingFromCsv", "DescribeCsv"):
        file = shapes[name]["properties"]["file"]
        assert (file["type"], file["format"]) == ("string", "binary")
        assert file["contentMediaType"] == "application/octet-stream"
    assert shapes["TrainingFromCsv"]["properties"]["features"]["type"] == "string"
    for name in ("TrainingFromRows", "DescribeRows", "PredictRows"):
        row = shapes[name]["properties"]["rows"]["items"]
        assert not row.keys() & {"type", "additionalProperties", "$ref"}


@pytest.mark.parametrize("before", ["", "/shop"])
async def test_files_have_their_own_size_limit_behind_a_proxy(
    start_app: StartApp, connect: Connect, storage_url: str, before: str
) -> None:
    client = connect(
        await start_app(storage_url=storage_url, root_path="/shop", max_body_bytes=1024)
    )
    await log_in_somebody(client)  # %if jwt
    lines = [*LINES, *LINES[1:] * 3]
    response = await client.post(f"{before}{STATISTICAL}/describe/csv", files=csv(lines=lines))
    assert response.status_code == 200, response.text
