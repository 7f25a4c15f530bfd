"""Required encryption on the server of the tests: it encrypts, or is sent nothing."""

import pytest
from pydantic import ValidationError
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from app.kit.db.engine import make_engine
from tests.support.settings import make_settings

MYSQL = "SHOW SESSION STATUS LIKE 'Ssl_version'"
ENCRYPTION = {
    "postgresql": "SELECT pid, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()",
    "mysql": MYSQL,
    "mariadb": MYSQL,
}


async def test_what_must_be_encrypted_never_goes_in_the_clear(database_url: str) -> None:
    url = make_url(database_url)
    kind = url.get_backend_name()
    option = {"ssl-mode": "REQUIRED"} if ENCRYPTION.get(kind) == MYSQL else {"sslmode": "require"}
    text_of_url = url.update_query_dict(option).render_as_string(hide_password=False)
    if kind == "sqlite":  # a file, to which nothing goes over a network
        with pytest.raises(ValidationError, match="does not support the option 'sslmode'"):
            make_settings(database_url=text_of_url)
        return
    engine = make_engine(make_settings(database_url=text_of_url))
    try:
        async with engine.connect() as connection:
            _, version = (await connection.execute(text(ENCRYPTION[kind]))).one()
        assert version.startswith("TLS")
    except (DBAPIError, OSError) as refusal:
        assert "TLS" in str(refusal) or "SSL" in str(refusal)  # noqa: PT017 - it may encrypt, too
    finally:
        await engine.dispose()
