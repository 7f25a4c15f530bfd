"""Every curl line and every Dart block of a generated project's pages, run against a real server.

Nothing has to be done here for a new page, but for what its examples need beyond a server. That
stands in `examples/`, under the name of the page:

    PAGE.sh       a script that prepares; each `NAME=value` that it prints is a variable of the page
    PAGE.dart     a `main` that uses what the page's Dart blocks declare (`page.dart`); for a page
                  whose blocks differ by the answer about accounts, PAGE.jwt.dart and PAGE.none.dart

Every other file there lies in the folder in which the examples run. Scripts and programs know the
server as `ADDRESS`, and where there are accounts the token of an administrator as `TOKEN`.
"""

import json
import re
import shutil
import sys
from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path

import pytest

import serving
import showing
import steps
import support
from showing import Served
from support import Variant

MODULES = ["yes"] * len(support.MODULES)
VARIANTS = [Variant("sqlite", auth, *MODULES) for auth in support.ANSWERS["auth"]]

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
from tests.support.custom_models import write_declarations
from tests.support.tiny_models import make

folder, models = pathlib.Path(sys.argv[1]), json.loads(sys.argv[2])
declared = {
    name: {"task": task, "model": str(make(folder / name, task)), "threshold": 0.01}
    for name, task in models.items()
}
write_declarations(folder / "models.toml", declared)
Image.new("RGB", (60, 40), "teal").save(folder / "photo.jpg")
soundfile.write(folder / "recording.wav", numpy.zeros(16000), 16000)
"""

Requests = set[tuple[str, str]]


@pytest.fixture(params=VARIANTS, ids=str)
def served(
    request: pytest.FixtureRequest, bake: Callable[..., Path], tmp_path: Path
) -> Iterator[Served]:
    """A served project with everything on, and nobody in it."""
    project, folder = bake(**request.param._asdict()), tmp_path / "examples"
    shutil.copytree(showing.EXAMPLES, folder)
    support.run([sys.executable, "-c", PREPARE, str(folder), json.dumps(MODELS)], project)
    environment = {
        "MODEL_DIR": str(tmp_path / "models"),
        "CUSTOM_MODELS_FILE": str(folder / "models.toml"),
        "CUSTOM_MODELS_MAX_LOADED": str(len(MODELS)),
    }
    with (
        serving.scratch_database("sqlite", tmp_path) as url,
        serving.serving(
            [*steps.APP, "serve"], project, tmp_path, DATABASE_URL=url, **environment
        ) as address,
    ):
        settings = {"ADDRESS": address, "DATABASE_URL": url}
        yield Served(request.param, project, folder, settings)


def test_every_curl_line_works(served: Served) -> None:
    readme, *pages = served.pages
    requests = run_curl(served, readme)
    showing.enter(served, registered=True)  # the README shows how to
    for page in pages:
        requests |= run_curl(served, page)
    assert missing(served, requests) == [], "no page shows these by curl"


def test_every_dart_block_works(served: Served) -> None:
    dart = showing.program("dart", "TEST_DART")
    showing.enter(served, registered=False)
    programs = []
    for page in served.pages:
        if blocks := steps.blocks(page.read_text(encoding="utf-8"), "dart"):
            library = f"page_of_{page.stem}.dart"
            showing.write_library(served, blocks, library)
            programs.append(showing.driver(served, page, library))
    output = showing.run(served, [dart, str(showing.together(served, programs))], served.pages[0])
    requests = {(line["method"], line["path"]) for line in showing.ASKED.finditer(output)}
    assert missing(served, requests) == [], "no page shows these in Dart"


def run_curl(served: Served, page: Path) -> Requests:
    """Run the blocks of a page in one shell; each request must succeed."""
    texts = steps.blocks(page.read_text(encoding="utf-8"), "sh")
    blocks = [served.real(text) for text in texts if "curl" in text]
    variables = ""
    if (served.folder / f"{page.stem}.sh").is_file():
        script = f"{showing.STRICT}\n. ./{page.stem}.sh"
        command = [showing.program("bash"), "-c", script]
        variables = showing.run(served, command, page, error_lines=False)
    for name in ("curl", "jq"):
        showing.program(name)
    script = "\n".join([showing.STRICT, variables, *blocks])
    output = showing.run(served, [showing.program("bash"), "-c", script], page)
    found = list(showing.ASKED.finditer(output))
    assert len(found) >= len(blocks), f"{page.name}: a block asked nothing\n{output}"
    assert all(line["status"].startswith("2") for line in found), f"{page.name}\n{output}"
    return {(line["method"], line["path"]) for line in found}


def missing(served: Served, requests: Requests) -> list[str]:
    """The paths of AI capabilities that were not asked for."""
    document = json.loads(support.run([*steps.APP, "export-openapi"], served.project))
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
