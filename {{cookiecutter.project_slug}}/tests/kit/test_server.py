"""How Uvicorn is started."""

import pytest

from app.kit.http import server


def test_workers_may_start_slowly(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[server.WorkerSupervisor] = []
    monkeypatch.setattr(server.WorkerSupervisor, "run", lambda workers: started.append(workers))
    server.run("app.main:create_app", workers=2, host="127.0.0.1", port=0)
    (workers,) = started
    for sock in workers.sockets:
        sock.close()
    assert workers.config.timeout_worker_healthcheck == server.WORKER_TIMEOUT_SECONDS
