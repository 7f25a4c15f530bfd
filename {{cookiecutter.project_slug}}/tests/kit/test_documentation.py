"""The page of ``/docs`` works without internet."""

import pytest
from httpx2 import AsyncClient

from tests.support.documentation import urls_in
from tests.support.problems import problem_of

MEDIA_TYPES = {
    "/docs/swagger-ui.css": "text/css",
    "/docs/swagger-ui-bundle.js": "text/javascript",
    "/docs/favicon.png": "image/png",
    "/openapi.json": "application/json",
}


async def test_the_app_serves_every_file_that_the_page_loads(anonymous: AsyncClient) -> None:
    page = (await anonymous.get("/docs")).text
    assert sorted(urls_in(page)) == sorted(MEDIA_TYPES)
    assert "//" not in page  # no URL leads to another server
    for url, media_type in MEDIA_TYPES.items():
        response = await anonymous.get(url)
        assert response.status_code == 200
        assert response.headers["Content-Type"].partition(";")[0] == media_type


async def test_paths_can_be_filtered(anonymous: AsyncClient) -> None:
    assert '"filter": true' in (await anonymous.get("/docs")).text


async def test_a_browser_loads_an_unchanged_file_once(anonymous: AsyncClient) -> None:
    etag = (await anonymous.get("/docs/swagger-ui-bundle.js")).headers["ETag"]
    headers = {"If-None-Match": etag}
    response = await anonymous.get("/docs/swagger-ui-bundle.js", headers=headers)
    assert (response.status_code, response.content) == (304, b"")


@pytest.mark.parametrize("name", ["nothing.js", "%2e%2e", "%2e%2e%2fcore.py", "%00", "a" * 300])
async def test_other_files_are_not_found(anonymous: AsyncClient, name: str) -> None:
    problem_of(await anonymous.get(f"/docs/{name}"), 404, "not_found")
