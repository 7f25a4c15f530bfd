"""Gunicorn, too, trusts only the proxies in `TRUSTED_PROXIES`."""

import os
import sys
from pathlib import Path

import httpx2
import pytest

from support import app_server
from support import clean_environment
from support import processes
from support.paths import TEMPLATE

SEEN = """
from fastapi import Request

from app.core.config import Settings

Settings.model_config["env_file"] = None

from app.main import create_app


def create_seen_app():
    app = create_app()

    @app.get("/seen")
    async def seen(request: Request) -> str:
        return f"{request.url.scheme} {request.client.host}"

    return app
"""
"""An application whose path `/seen` tells whom it takes the client for."""


@pytest.mark.parametrize(
    ("trusted", "seen", "docs"),
    [("127.0.0.1", "https 203.0.113.7", "/shop/docs"), ("10.0.0.1", "http 127.0.0.1", "/docs")],
)
def test_only_a_trusted_proxy_sets_the_client_ip(
    template: Path, tmp_path: Path, trusted: str, seen: str, docs: str
) -> None:
    backend = template / TEMPLATE.name
    folder = tmp_path / "module"
    folder.mkdir()
    (folder / "seen.py").write_text(SEEN, encoding="utf-8")
    command = [sys.executable, "-m", "gunicorn", "-k", "uvicorn_worker.UvicornWorker"]
    port = app_server.find_free_port()
    address = f"http://127.0.0.1:{port}"
    settings = clean_environment.build_environment(
        PYTHONPATH=os.pathsep.join([str(folder), str(backend)]),
        TRUSTED_PROXIES=trusted,
        DATABASE_URL=f"sqlite:///{(tmp_path / 'app.db').as_posix()}",
        STORAGE_URL=str(tmp_path / "storage"),
    )
    log = tmp_path / "gunicorn.log"
    arguments = ["--bind", f"127.0.0.1:{port}", "seen:create_seen_app()"]
    with (
        log.open("wb") as output,
        processes.started(
            [*command, *arguments], cwd=backend, env=settings, stdout=output, stderr=output
        ) as server,
    ):
        assert app_server.wait_until_ready(server, f"{address}/health/ready"), log.read_text(
            encoding="utf-8"
        )
        headers = {
            "X-Forwarded-For": "203.0.113.7",
            "X-Forwarded-Proto": "https",
            "X-Forwarded-Prefix": "/shop",
        }
        assert httpx2.get(f"{address}/seen", headers=headers).json() == seen
        assert httpx2.get(f"{address}/", headers=headers).headers["Location"] == docs
