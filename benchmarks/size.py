"""How large a project is, and how many files of it one request enters.

Lines and files of Python: `app` without `app/kit`, `app/kit`, and the tests of each. A request
enters a file when a function of that file is called while the request runs; imports do not count.
The requests are those of a client over HTTP, to `app serve` and to the processes that it starts.
"""

import argparse
import sys
import time
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple

import httpx2

from client import HOST
from databases import scratch
from projects import clone
from projects import generate
from projects import scratch_folder
from ratios import table
from servers import folder_of
from servers import serving

HERE = Path(__file__).resolve().parent
API = "/api/v1"
ITEM = {"title": "Tea"}
QUESTION = {"messages": [{"role": "user", "content": "Is tea ready?"}]}
PERSON = {"email": "ada@example.com", "password": "correct horse battery"}
TRAINING_SECONDS = 120
SETTLE_SECONDS = 0.5
"""How long work may go on after the response."""

SMALLEST = {
    "database": "sqlite",
    "auth": "none",
    "ai_llm": "no",
    "ai_statistical": "no",
    "ai_custom_models": "no",
    "docker": "no",
    "ci": "none",
}
FULL = {"ai_llm": "yes", "ai_statistical": "yes", "ai_custom_models": "yes"}
VARIANTS: dict[str, dict[str, str]] = {"smallest": SMALLEST, "default": {}, "full": FULL}


class Size(NamedTuple):
    """Lines and files of a part of a project."""

    lines: int
    files: int


class Entered(NamedTuple):
    """How many files of `app` a request enters."""

    outside_kit: int
    all: int


def main() -> None:
    """Count and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--names", action="store_true", help="print the files of each request")
    parser.add_argument(
        "--quick", action="store_true", help="without the full project, and no training"
    )
    arguments = parser.parse_args()
    print(size_table(["smallest", "default"] if arguments.quick else list(VARIANTS)))
    entered = trace_requests(with_training=not arguments.quick)
    rows = [[name, *map(str, count_entered(files))] for name, files in entered.items()]
    print("\n" + table(["files entered", "app without kit", "all"], rows))
    if arguments.names:
        for name, files in entered.items():
            print("\n".join(["", f"{name}:", *sorted(files)]))


def size_table(names: list[str]) -> str:
    """Return the table of lines and files."""
    rows = []
    for name in names:
        sizes = measure_sizes(make_project(VARIANTS[name]))
        rows.append([name, *(f"{size.lines:,} in {size.files}" for size in sizes.values())])
    return table(["lines in files", "app without kit", "app/kit", "tests", "tests/kit"], rows)


def make_project(answers: dict[str, str]) -> Path:
    """Generate a project with these answers."""
    folder = scratch_folder()
    generate(clone(), folder, *(f"{question}={text}" for question, text in answers.items()))
    [project] = folder.iterdir()
    return project


def measure_sizes(project: Path) -> dict[str, Size]:
    """Return the size of each part of a project."""
    sizes = {}
    for folder in ("app", "tests"):
        files = set((project / folder).rglob("*.py"))
        kit = set((project / folder / "kit").rglob("*.py"))
        sizes[folder] = measure_files(files - kit)
        sizes[f"{folder}/kit"] = measure_files(kit)
    return sizes


def measure_files(files: set[Path]) -> Size:
    """Return the lines of these files, and how many they are."""
    lines = sum(len(path.read_text(encoding="utf-8").splitlines()) for path in files)
    return Size(lines, len(files))


class Tracer:
    """Tells a server which request is running, and reads the files that it entered."""

    def __init__(self, folder: Path, root: Path) -> None:
        self._folder = folder
        self._root = root
        (folder / "sitecustomize.py").symlink_to(HERE / "trace_files.py")
        self._set_request("none")

    def entered(self, name: str, send: Callable[[], object]) -> set[str]:
        """Return the files that the server enters during the request of this name."""
        self._set_request(name)
        send()
        time.sleep(SETTLE_SECONDS)
        self._set_request("none")
        return {
            Path(line.removeprefix(f"{name} ")).relative_to(self._root).as_posix()
            for path in self._folder.glob("entered-*")
            for line in path.read_text(encoding="utf-8").splitlines()
            if line.startswith(f"{name} ")
        }

    def _set_request(self, name: str) -> None:
        new = self._folder / "new"
        new.symlink_to(name)
        new.replace(self._folder / "current")


def count_entered(files: set[str]) -> Entered:
    """Return how many of these files are outside `app/kit`, and how many there are."""
    return Entered(sum(not path.startswith("app/kit/") for path in files), len(files))


def trace_requests(*, with_training: bool) -> dict[str, set[str]]:
    """Return the files that each request enters."""
    requests: dict[str, dict[str, Callable[[httpx2.Client], object]]] = {
        "language models": {"login": log_in, "create-item": create_item, "chat": chat},
        "statistics": {"csv-to-model": train},
    }
    if not with_training:
        del requests["statistics"]
    entered = {}
    for module, sent in requests.items():
        with traced(module) as (client, tracer):
            log_in(client)
            for name, send in sent.items():
                entered[name] = tracer.entered(name, partial(send, client))
    return entered


@contextmanager
def traced(name: str) -> Iterator[tuple[httpx2.Client, Tracer]]:
    """Serve a project with this module; yield a client with an account, and the tracer."""
    folder = scratch_folder()
    tracer = Tracer(folder, folder_of(name).resolve())
    settings = {
        "ENVIRONMENT": "development",
        "LLM_PROVIDER": "echo",
        "STORAGE_URL": str(folder / "storage"),
        "PYTHONPATH": str(folder),
        "TRACED_APP": str(folder_of(name).resolve() / "app"),
    }
    with (
        scratch("sqlite", name) as url,
        serving(name, url, settings) as server,
        httpx2.Client(base_url=f"http://{HOST}:{server.port}", timeout=60) as client,
    ):
        post(client, "/auth/register", 201, json=PERSON)
        yield client, tracer


def post(client: httpx2.Client, path: str, status: int, **request: object) -> dict[str, object]:
    """Send a request that must succeed; return its JSON."""
    response = client.post(f"{API}{path}", **request)  # type: ignore[arg-type]
    if response.status_code != status:
        sys.exit(f"{path}: {response.status_code} {response.text}")
    answer: dict[str, object] = response.json()
    return answer


def log_in(client: httpx2.Client) -> None:
    """Get a token, and send it from now on."""
    form = {"username": PERSON["email"], "password": PERSON["password"]}
    token = post(client, "/auth/token", 200, data=form)["access_token"]
    client.headers["Authorization"] = f"Bearer {token}"


def create_item(client: httpx2.Client) -> None:
    """Create an item."""
    post(client, "/items", 201, json=ITEM)


def chat(client: httpx2.Client) -> None:
    """Ask the echo provider."""
    post(client, "/ai/llm/chat", 200, json=QUESTION)


def train(client: httpx2.Client) -> None:
    """Upload a CSV file and wait for its model, as an app would."""
    rows = [f"{n % 7},{'Ulm' if n % 2 else 'Oslo'},{n % 7 * 1000.5}" for n in range(60)]
    file = {"file": ("houses.csv", "\n".join(["rooms,town,price", *rows]), "text/csv")}
    form = {"name": "houses", "target": "price", "algorithm": "ridge"}
    model = post(client, "/ai/statistical/models/csv", 202, data=form, files=file)
    path = f"{API}/ai/statistical/models/{model['id']}"
    deadline = time.monotonic() + TRAINING_SECONDS
    while model["status"] in ("queued", "running") and time.monotonic() < deadline:
        time.sleep(0.2)
        model = client.get(path).json()
    if model["status"] != "ready":
        sys.exit(f"the model is {model['status']}: {model['error']}")


if __name__ == "__main__":
    main()
