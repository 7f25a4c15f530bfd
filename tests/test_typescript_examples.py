"""The TypeScript of the pages passes the settings of Vite's templates, and runs in Node."""

from collections.abc import Callable
from pathlib import Path

import pytest

from support import app_server
from support import clean_environment
from support import doc_examples
from support import external_servers
from support import page_steps
from support import variants
from support.paths import ROOT
from support.variants import Variant

VITE = ROOT / "docs" / "vite.md"


@pytest.mark.parametrize("auth", variants.QUESTIONS["auth"])
def test_the_functions_for_vite_work(auth: str, bake: Callable[..., Path], tmp_path: Path) -> None:
    node, compiler = (
        doc_examples.require_program("node"),
        doc_examples.require_program("tsc", "TEST_TSC"),
    )
    project = bake(**Variant("sqlite", auth)._asdict())
    with (
        external_servers.scratch_database("sqlite", tmp_path) as url,
        app_server.run_server(
            [*page_steps.APP, "serve"], project, tmp_path, DATABASE_URL=url
        ) as address,
    ):
        client = (project / "vite" / "src" / "api.ts").read_text(encoding="utf-8")
        (example,) = page_steps.read_blocks(
            (project / "docs" / "clients.md").read_text(encoding="utf-8"), "ts"
        )
        texts = {
            "api": client.replace("http://localhost:8000", address),
            "example": example,
            "page": "\n".join(run_blocks(VITE)),
            "main": (doc_examples.EXAMPLES / f"clients.{auth}.ts").read_text(encoding="utf-8"),
        }
        for name, text in texts.items():
            (tmp_path / f"{name}.ts").write_text(text, encoding="utf-8")
        clean_environment.run(
            [node, compiler, *doc_examples.TYPESCRIPT_OPTIONS, *(f"{name}.ts" for name in texts)],
            tmp_path,
        )
        clean_environment.run([node, "main.js"], tmp_path)


def run_blocks(page: Path) -> list[str]:
    """The TypeScript of a page, but for what says that it cannot be run."""
    return [
        block["text"]
        for block in page_steps.BLOCK.finditer(page.read_text(encoding="utf-8"))
        if block["language"] == "ts" and not page_steps.NOT_RUN.fullmatch(block["sentence"])
    ]
