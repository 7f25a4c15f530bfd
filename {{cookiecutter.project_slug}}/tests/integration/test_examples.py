"""The examples of /docs work as they stand: it is enough to press Execute."""

from fastapi import FastAPI
from httpx2 import AsyncClient

from app.utils.ids import new_id
from tests.support.examples import examples
from tests.support.things import add_things

SUCCESS = {200, 201, 202, 204}
UNKNOWN = {403, 404}
"""How something is answered that is not there, or not for everybody to change."""


class AnyId(dict[str, str]):
    """An id that nothing has, for a path whatever it calls it."""

    def __missing__(self, name: str) -> str:
        return str(new_id())


async def test_every_example_works_from_the_first_to_the_last(
    app: FastAPI, anonymous: AsyncClient
) -> None:
    sent = list(examples(add_things(app).openapi()))
    assert sent
    # %if jwt
    # Afterwards nobody is left for the others, and by then the password is another.
    sent.sort(key=lambda example: example[:2] == ("delete", "/api/v1/users/me"))
    new_password = next(each.body["json"] for each in sent if each.path.endswith("/me/password"))
    sent[-1].body["json"] = {"current_password": new_password["new_password"]}
    # %endif
    for method, path, body in sent:
        # %if jwt
        if path.endswith("/auth/refresh"):
            continue  # its token is known only once somebody has logged in
        # %endif
        response = await anonymous.request(method, path.format_map(AnyId()), **body)
        expected = UNKNOWN if "{" in path else SUCCESS
        assert response.status_code in expected, (path, response.text)
        # %if jwt
        if path.endswith("/auth/token"):
            anonymous.headers["Authorization"] = f"Bearer {response.json()['access_token']}"
        # %endif
