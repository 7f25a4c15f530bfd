"""The backend uses TLS to a MariaDB server as configured, or refuses to connect."""

import datetime
import ipaddress
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from support import clean_environment
from support import external_servers
from support import processes
from support.app_server import find_free_port
from support.paths import TEMPLATE

NOW = datetime.datetime.now(datetime.UTC)
LOCAL = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
START_SECONDS = 60
OWN_TESTS = ["tests/kit/test_tls.py", "tests/integration/test_items.py"]
# aiomysql does not wait until both sides have said goodbye, so loops end before that.
OPTIONS = ["-p", "no:cacheprovider", "-W", "ignore::pytest.PytestUnraisableExceptionWarning"]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of its own, whose certificate `ca.pem` beside it vouches for; without options."""
    if not (server := shutil.which("mariadbd", path="/usr/sbin:/usr/bin:/usr/local/bin")):
        (pytest.fail if external_servers.servers_required() else pytest.skip)("no mariadbd here")
    folder = tmp_path_factory.mktemp("mariadb")
    write_certificate(folder)
    data, port = folder / "data", find_free_port()
    install = ["mariadb-install-db", "--no-defaults", f"--datadir={data}", "--skip-test-db"]
    processes.run(
        [*install, "--auth-root-authentication-method=normal"], check=True, capture_output=True
    )
    command = [server, "--no-defaults", f"--datadir={data}", f"--socket={folder / 'socket'}"]
    command += ["--user=root", "--bind-address=127.0.0.1", f"--port={port}", "--skip-name-resolve"]
    command += [f"--ssl-cert={folder / 'ca.pem'}", f"--ssl-key={folder / 'key.pem'}"]
    with (
        (folder / "log").open("wb") as log,
        processes.started(command, stdout=log, stderr=subprocess.STDOUT) as process,
    ):
        wait_for(folder / "socket", process)
        yield f"mysql://root@127.0.0.1:{port}/mysql?ssl-ca={folder / 'ca.pem'}"


def write_certificate(folder: Path) -> None:
    """A certificate for 127.0.0.1 that vouches for itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tests")])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(NOW)
        .not_valid_after(NOW + datetime.timedelta(days=1))
        .add_extension(LOCAL, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "ca.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


def wait_for(socket: Path, process: "subprocess.Popen[bytes]") -> None:
    """Wait until the server listens."""
    end = time.monotonic() + START_SECONDS
    while not socket.exists():
        assert process.poll() is None, socket.with_name("log").read_text()
        assert time.monotonic() < end, "it does not start"
        time.sleep(0.1)


def own_tests(url: str) -> "subprocess.CompletedProcess[str]":
    """The template folder's tests of its connection and of its items, on this server."""
    return processes.run(
        [sys.executable, "-m", "pytest", *OWN_TESTS, *OPTIONS],
        cwd=TEMPLATE,
        env=clean_environment.build_environment(TEST_DATABASE_URL=url),
        capture_output=True,
    )


def test_everything_works_over_tls(url: str) -> None:
    done = own_tests(f"{url}&ssl-mode=VERIFY_IDENTITY")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "skipped" not in done.stdout


def test_an_unknown_certificate_is_refused(url: str, tmp_path: Path) -> None:
    write_certificate(tmp_path)
    done = own_tests(f"{url.partition('?')[0]}?ssl-ca={tmp_path / 'ca.pem'}")
    assert done.returncode != 0
    assert "CERTIFICATE_VERIFY_FAILED" in done.stdout
