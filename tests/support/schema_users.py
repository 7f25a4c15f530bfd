"""Users that send the requests of `test_schema_fuzzing.py`: an account each, used once.

Half of them are administrators. Every second one requests existing data: its own item, another
account, its own secrets. The others send what Schemathesis generated.
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
ADMIN_EMAIL = "administrator@example.com"
PASSWORD = "a password for everybody"


@dataclass(frozen=True)
class SchemaUser:
    """A user with an account, an item and another user's account."""

    email: str
    user_id: str
    neighbour_id: str
    item_id: str
    tokens: dict[str, Any]

    @property
    def headers(self) -> dict[str, str]:
        """Return the headers of every request."""
        return {"Authorization": f"Bearer {self.tokens['access_token']}"}

    def fill(self, case: Case[Any]) -> None:
        """Replace generated values by existing ones where the request has them."""
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


class StatisticsUser:
    """The administrator with a trained model; training one for every request takes too long."""

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
        """Replace generated values by existing ones where the request has them."""
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
    """The administrator, who sends each endpoint a valid input for a model of its task."""

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
        """Replace generated values by existing ones where the request has them."""
        kind = case.path.rpartition("/")[2]
        case.path_parameters["name"] = self.MODELS[kind]
        body: Any = (
            {"file": build_sample_files()[kind]}
            if kind in build_sample_files()
            else {"inputs": ["the cat", "dog"]}
        )
        case.body = body


@cache
def build_sample_files() -> dict[str, bytes]:
    """Return a small image or audio file for each endpoint that takes one."""
    image, sound = io.BytesIO(), io.BytesIO()
    Image.new("RGB", (20, 20), "red").save(image, "PNG")
    with wave.open(sound, "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(secrets.token_bytes(8000))
    images = dict.fromkeys(("classify-image", "detect-objects"), image.getvalue())
    return {**images, "transcribe": sound.getvalue()}


class SchemaUsers:
    """Creates a new user for every request."""

    def __init__(self, client: httpx2.Client) -> None:
        self._client = client
        tokens = self._log_in(ADMIN_EMAIL)
        self._administrator = {"Authorization": f"Bearer {tokens['access_token']}"}
        self._statistician = StatisticsUser(client, tokens)
        self._model_user = ModelUser(client, self._administrator)
        self._turns = itertools.cycle(itertools.product((True, False), repeat=2))

    def enter(self, case: Case[Any]) -> SchemaUser | StatisticsUser | ModelUser:
        """Return a new user; half are administrators, and half request existing data."""
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

    def _newcomer(self) -> SchemaUser:
        user, neighbour = self._register(), self._register()
        tokens = self._log_in(user["email"])
        headers = {"Authorization": f"Bearer {tokens['access_token']}"}
        item = self._post("/items", json={"title": "Mine"}, headers=headers)
        return SchemaUser(user["email"], user["id"], neighbour["id"], item["id"], tokens)

    def _register(self) -> dict[str, Any]:
        email = f"{secrets.token_hex(8)}@example.com"
        return self._post("/auth/register", json={"email": email, "password": PASSWORD})

    def _log_in(self, email: str) -> dict[str, Any]:
        return self._post("/auth/token", data={"username": email, "password": PASSWORD})

    def _promote(self, visitor: SchemaUser) -> None:
        path, change = f"{API}/users/{visitor.user_id}", {"role": "admin"}
        answer = self._client.patch(path, json=change, headers=self._administrator)
        answer.raise_for_status()

    def _post(self, path: str, **request: Any) -> dict[str, Any]:
        answer = self._client.post(API + path, **request).raise_for_status()
        content: dict[str, Any] = answer.json()
        return content
