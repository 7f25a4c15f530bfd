"""Every curl line and every Dart block of a generated project's pages, run against a real server.

Nothing has to be done here for a new page, but for what its examples need beyond a server. That
stands in `examples/`, under the name of the page:

    PAGE.sh       a script that prepares; each `NAME=value` that it prints is a variable of the page
    PAGE_page.dart
                  a `main` that uses what the page's Dart blocks declare (`page.dart`); for a page
                  whose blocks differ by the answer about accounts, PAGE_page.jwt.dart and
                  PAGE_page.none.dart

The project's client for Flutter lies beside them.

Every other file there lies in the folder in which the examples run. Scripts and programs know the
server as `ADDRESS`, and where there are accounts the tokens of an administrator as `TOKEN` and
`REFRESH_TOKEN`.
"""

import json
import re
import shutil
import sys
from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path

import pytest

from support import app_server
from support import clean_environment
from support import doc_examples
from support import external_servers
from support import page_steps
from support import variants
from support.doc_examples import ServedProject
from support.variants import Variant

MODULES = ["yes"] * len(variants.MODULES)
VARIANTS = [Variant("sqlite", auth, *MODULES) for auth in variants.QUESTIONS["auth"]]

MODELS = {
    "reviews": "text-classification",
    "topics": "zero-shot-classification",
    "names": "token-classification",
    "sentences": "feature-extraction",
    "writer": "text-generation",
    "pictures": "image-classification",
    "things": "object-detection",
    "speech": "automatic-speech-recognition",
}
"""The custom models of the pages. Here they are tiny and know nothing."""

PREPARE = """
import json, pathlib, sys
import numpy, soundfile
from PIL import Image
from tests.support.custom_models import write_config_file
from tests.support.tiny_models import make_model

folder, models = pathlib.Path(sys.argv[1]), json.loads(sys.argv[2])
declared = {
    name: {"task": task, "model": str(make_model(folder / name, task)), "threshold": 0.01}
    for name, task in models.items()
}
write_config_file(folder / "models.toml", declared)
Image.new("RGB", (60, 40), "teal").save(folder / "photo.jpg")
soundfile.write(folder / "recording.wav", numpy.zeros(16000), 16000)
"""

Requests = set[tuple[str, str]]


@pytest.fixture(params=VARIANTS, ids=str)
def served(
    request: pytest.FixtureRequest, bake: Callable[..., Path], tmp_path: Path
) -> Iterator[ServedProject]:
    """A served project with everything on, and nobody in it."""
    project, folder = bake(**request.param._asdict()), tmp_path / "examples"
    shutil.copytree(doc_examples.EXAMPLES, folder)
    clean_environment.run([sys.executable, "-c", PREPARE, str(folder), json.dumps(MODELS)], project)
    environment = {
        "STORAGE_URL": str(tmp_path / "storage"),
        "CUSTOM_MODELS_FILE": str(folder / "models.toml"),
        "CUSTOM_MODELS_MAX_LOADED": str(len(MODELS)),
    }
    with (
        external_servers.scratch_database("sqlite", tmp_path) as url,
        app_server.run_server(
            [*page_steps.APP, "serve"], project, tmp_path, DATABASE_URL=url, **environment
        ) as address,
    ):
        settings = {"ADDRESS": address, "DATABASE_URL": url}
        yield ServedProject(request.param, project, folder, settings)


def test_every_curl_line_works(served: ServedProject) -> None:
    readme, *pages = served.pages
    requests = run_curl(served, readme)
    doc_examples.log_in_as_admin(served, registered=True)  # the README shows how to
    for page in pages:
        requests |= run_curl(served, page)
    assert missing(served, requests) == [], "no page shows these by curl"


def test_every_dart_block_works(served: ServedProject) -> None:
    dart = doc_examples.require_program("dart", "TEST_DART")
    doc_examples.log_in_as_admin(served, registered=False)
    doc_examples.copy_client(served)
    programs = []
    for page in served.pages:
        if blocks := page_steps.read_blocks(page.read_text(encoding="utf-8"), "dart"):
            library = f"page_of_{page.stem}.dart"
            doc_examples.write_library(served, blocks, library)
            programs.append(doc_examples.prepare_page_program(served, page, library))
    output = doc_examples.run_program(
        served, [dart, str(doc_examples.combine_programs(served, programs))], served.pages[0]
    )
    requests = {
        (line["method"], line["path"]) for line in doc_examples.REQUEST_LINE.finditer(output)
    }
    assert missing(served, requests) == [], "no page shows these in Dart"


def run_curl(served: ServedProject, page: Path) -> Requests:
    """Run the blocks of a page in one shell; each request must succeed."""
    texts = page_steps.read_blocks(page.read_text(encoding="utf-8"), "sh")
    blocks = [served.real(text) for text in texts if "curl" in text]
    variables = ""
    if (served.folder / f"{page.stem}.sh").is_file():
        script = f"{doc_examples.STRICT_SHELL}\n. ./{page.stem}.sh"
        command = [doc_examples.require_program("bash"), "-c", script]
        variables = doc_examples.run_program(served, command, page, error_lines=False)
    for name in ("curl", "jq"):
        doc_examples.require_program(name)
    script = "\n".join([doc_examples.STRICT_SHELL, variables, *blocks])
    output = doc_examples.run_program(
        served, [doc_examples.require_program("bash"), "-c", script], page
    )
    found = list(doc_examples.REQUEST_LINE.finditer(output))
    assert len(found) >= len(blocks), f"{page.name}: a block asked nothing\n{output}"
    assert all(line["status"].startswith("2") for line in found), f"{page.name}\n{output}"
    return {(line["method"], line["path"]) for line in found}


def missing(served: ServedProject, requests: Requests) -> list[str]:
    """The paths of AI capabilities that were not asked for."""
    document = json.loads(
        clean_environment.run([*page_steps.APP, "export-openapi"], served.project)
    )
    operations = {
        (method.upper(), path)
        for path, methods in document["paths"].items()
        for method in methods
        if path.startswith("/api/v1/ai/")
    }
    assert operations
    return [
        f"{method} {path}"
        for method, path in sorted(operations)
        if not any(
            method == asked and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", path), url)
            for asked, url in requests
        )
    ]
