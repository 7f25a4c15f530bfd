"""The Swagger UI at `/docs` works in a browser without internet access."""

from collections.abc import Callable
from pathlib import Path

import pytest

from support import app_server
from support import clean_environment
from support import doc_examples
from support import external_servers
from support import page_steps
from support.variants import Variant

OPTIONS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"),
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    *("--virtual-time-budget=20000", "--dump-dom"),
]


@pytest.mark.parametrize("root_path", ["", "/shop"])
def test_a_browser_without_internet_shows_every_path(
    root_path: str, bake: Callable[..., Path], tmp_path: Path
) -> None:
    browser = doc_examples.require_program("chromium")
    project = bake(**Variant("sqlite", "jwt", ai_llm="yes")._asdict())
    with (
        external_servers.scratch_database("sqlite", tmp_path) as url,
        app_server.run_server(
            [*page_steps.APP, "serve"], project, tmp_path, DATABASE_URL=url, ROOT_PATH=root_path
        ) as address,
    ):
        command = [browser, *OPTIONS, f"--user-data-dir={tmp_path / 'profile'}"]
        page = clean_environment.run(
            [*command, f"{address}{root_path}/docs"], tmp_path, HOME=str(tmp_path)
        )
    assert 'data-path="/api/v1/items"' in page
    assert 'class="operation-filter-input"' in page
    assert "Failed to load" not in page
