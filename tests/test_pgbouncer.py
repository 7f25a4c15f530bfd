"""The backend works behind a PgBouncer that pools connections per transaction."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from support import app_server
from support import clean_environment
from support import external_servers
from support import processes
from support.paths import TEMPLATE

OWN_TESTS = [
    "tests/kit/test_database.py",
    "tests/integration/test_items.py",
]
CONFIG = """
[databases]
* = host={host} port={port} user={user}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {own_port}
auth_type = any
pool_mode = {mode}
default_pool_size = 20
unix_socket_dir =
"""


@contextmanager
def pgbouncer(mode: str, folder: Path) -> Iterator[str]:
    """The address of one in this mode, before the PostgreSQL of the tests."""
    server = urlsplit(external_servers.require_server("postgresql"))
    program = shutil.which("pgbouncer", path="/usr/sbin:/usr/bin:/usr/local/bin")
    if program is None:
        (pytest.fail if external_servers.servers_required() else pytest.skip)("no pgbouncer here")
    port = app_server.find_free_port()
    config = folder / "pgbouncer.ini"
    config.write_text(
        CONFIG.format(
            host=server.hostname,
            port=server.port or 5432,
            user=server.username,
            own_port=port,
            mode=mode,
        )
    )
    command = [program, str(config)]
    if os.geteuid() == 0:  # it refuses to run as root
        command[1:1] = ["--user", "nobody"]
    with (
        (folder / "log").open("wb") as log,
        processes.started(command, stdout=log, stderr=subprocess.STDOUT),
    ):
        yield f"postgresql://{server.username}@127.0.0.1:{port}/{server.path.strip('/')}"


@pytest.mark.parametrize(("mode", "options"), [("transaction", "?pgbouncer=true"), ("session", "")])
def test_the_backend_works(mode: str, options: str, tmp_path: Path) -> None:
    with pgbouncer(mode, tmp_path) as url:
        done = processes.run(
            [sys.executable, "-m", "pytest", *OWN_TESTS, "-p", "no:cacheprovider"],
            cwd=TEMPLATE,
            env=clean_environment.build_environment(TEST_DATABASE_URL=url + options),
            capture_output=True,
        )
    assert done.returncode == 0, done.stdout + done.stderr + (tmp_path / "log").read_text()
