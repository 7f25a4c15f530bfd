"""Those who send the requests of `test_schema.py`: an account each, used once.

Half of them are administrators. Every second one asks for things that exist: its own item, another
account, its own secrets; the others send what Schemathesis made up.
"""

import io
import itertools
import secrets
import time
import wave
from dataclasses import dataclass
from functools import cache
from typing import Any
from typing import ClassVar

import httpx2
from PIL import Image
from schemathesis import Case
from schemathesis import GenerationMode

API = "/api/v1"
ADMINISTRATOR = "administrator@example.com"
PASSWORD = "a password for everybody"


@dataclass(frozen=True)
class Visitor:
    """Somebody with an account, one item and a neighbour."""

    email: str
    user_id: str
    neighbour_id: str
    item_id: str
    tokens: dict[str, Any]

    @property
    def headers(self) -> dict[str, str]:
        """What it sends with every request."""
        return {"Authorization": f"Bearer {self.tokens['access_token']}"}

    def fill(self, case: Case[Any]) -> None:
        """Replace what was made up with what exists, where the request has such a place."""
        for name in case.path_parameters:
            case.path_parameters[name] = self.item_id if "items" in case.path else self.neighbour_id
        if not isinstance(case.body, dict):
            return
        known = {
            "refresh_token": self.tokens["refresh_token"],
            "current_password": PASSWORD,
            "username": self.email,
            "password": PASSWORD,
            "model": None,  # whichever the settings name
            "max_tokens": 3,
        }
        if "email" not in case.body:  # at registration, only a new address is of use
            case.body.update({name: known[name] for name in case.body.keys() & known.keys()})


class Statistician:
    """The administrator, who has a trained model; it takes too long to train one for everybody."""

    NAME = "buyers"
    PATH = f"{API}/ai/statistical/models"
    ROWS: ClassVar = [{"age": str(age), "buys": "yes" if age > 40 else "no"} for age in range(60)]

    def __init__(self, client: httpx2.Client, tokens: dict[str, Any]) -> None:
        self.tokens = tokens
        self.headers = {"Authorization": f"Bearer {tokens['access_token']}"}
        self._client = client
        self._trained = self._train()
        while self._status() in ("queued", "running"):
            time.sleep(0.1)

    def fill(self, case: Case[Any]) -> None:
        """Replace what was made up with what exists, where the request has such a place."""
        model_id = self._train() if case.method == "DELETE" else self._trained
        known = {"model_id": model_id, "name": self.NAME}
        for name in case.path_parameters:
            case.path_parameters[name] = known[name]
        if case.path.endswith("/predict") and isinstance(case.body, dict):
            case.body["rows"] = [{"age": "50"}]

    def _train(self) -> str:
        order = {"name": self.NAME, "target": "buys", "rows": self.ROWS}
        order["algorithm"] = "logistic_regression"  # the quickest
        answer = self._client.post(self.PATH, json=order, headers=self.headers)
        return str(answer.raise_for_status().json()["id"])

    def _status(self) -> str:
        answer = self._client.get(f"{self.PATH}/{self._trained}", headers=self.headers)
        return str(answer.raise_for_status().json()["status"])


class ModelUser:
    """The administrator, who asks each path about a model for it and sends files that are ones."""

    MODELS: ClassVar = {
        "classify": "text-classification",
        "tokens": "token-classification",
        "embed": "feature-extraction",
        "generate": "text-generation",
        "classify-image": "image-classification",
        "detect-objects": "object-detection",
        "transcribe": "automatic-speech-recognition",
    }

    def __init__(self, client: httpx2.Client, headers: dict[str, str]) -> None:
        self.headers = headers
        listed = f"{API}/ai/custom-models"
        while any(
            model["state"] in ("idle", "loading")
            for model in client.get(listed, headers=headers).raise_for_status().json()["models"]
        ):
            time.sleep(0.1)

    def fill(self, case: Case[Any]) -> None:
        """Replace what was made up with what exists, where the request has such a place."""
        kind = case.path.rpartition("/")[2]
        case.path_parameters["name"] = self.MODELS[kind]
        body: Any = {"file": files()[kind]} if kind in files() else {"inputs": ["the cat", "dog"]}
        case.body = body


@cache
def files() -> dict[str, bytes]:
    """A small image and a short sound, by the paths that take them."""
    image, sound = io.BytesIO(), io.BytesIO()
    Image.new("RGB", (20, 20), "red").save(image, "PNG")
    with wave.open(sound, "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(secrets.token_bytes(8000))
    images = dict.fromkeys(("classify-image", "detect-objects"), image.getvalue())
    return {**images, "transcribe": sound.getvalue()}


class Visitors:
    """Lets a new visitor in for every request."""

    def __init__(self, client: httpx2.Client) -> None:
        self._client = client
        tokens = self._log_in(ADMINISTRATOR)
        self._administrator = {"Authorization": f"Bearer {tokens['access_token']}"}
        self._statistician = Statistician(client, tokens)
        self._model_user = ModelUser(client, self._administrator)
        self._turns = itertools.cycle(itertools.product((True, False), repeat=2))

    def enter(self, case: Case[Any]) -> Visitor | Statistician | ModelUser:
        """Somebody new, perhaps an administrator, perhaps asking for what exists."""
        administrator, filled = next(self._turns)
        if case.meta is None or case.meta.generation.mode is not GenerationMode.POSITIVE:
            filled = False
        else:  # one part can be wrong on purpose while the others are right
            parts = case.meta.components.values()
            filled = filled and all(part.mode is GenerationMode.POSITIVE for part in parts)
        if filled and "/statistical/" in case.path:
            self._statistician.fill(case)
            return self._statistician
        if filled and "/custom-models/" in case.path:
            self._model_user.fill(case)
            return self._model_user
        visitor = self._newcomer()
        if administrator:
            self._promote(visitor)
        if filled:
            visitor.fill(case)
        return visitor

    def _newcomer(self) -> Visitor:
        user, neighbour = self._register(), self._register()
        tokens = self._log_in(user["email"])
        headers = {"Authorization": f"Bearer {tokens['access_token']}"}
        item = self._post("/items", json={"title": "Mine"}, headers=headers)
        return Visitor(user["email"], user["id"], neighbour["id"], item["id"], tokens)

    def _register(self) -> dict[str, Any]:
        email = f"{secrets.token_hex(8)}@example.com"
        return self._post("/auth/register", json={"email": email, "password": PASSWORD})

    def _log_in(self, email: str) -> dict[str, Any]:
        return self._post("/auth/token", data={"username": email, "password": PASSWORD})

    def _promote(self, visitor: Visitor) -> None:
        path, change = f"{API}/users/{visitor.user_id}", {"role": "admin"}
        answer = self._client.patch(path, json=change, headers=self._administrator)
        answer.raise_for_status()

    def _post(self, path: str, **request: Any) -> dict[str, Any]:
        answer = self._client.post(API + path, **request).raise_for_status()
        content: dict[str, Any] = answer.json()
        return content
