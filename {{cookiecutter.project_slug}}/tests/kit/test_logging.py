"""The log: one line a message, with the id of the request in it."""

import json
import logging

import pytest

from app.kit.logging import configure_logging
from app.kit.request_context import request_id
from tests.support.settings import make_settings


def logged(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """The lines that were written."""
    return capsys.readouterr().err.splitlines()


def test_a_line_for_machines_is_one_json_object(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(make_settings(log_format="json", log_level="INFO"))
    before = request_id.set("abc")
    logging.getLogger("test").info("two\nlines %s", "ä")
    request_id.reset(before)
    (line,) = logged(capsys)
    record = json.loads(line)
    assert record.pop("time")
    assert record == {
        "level": "INFO",
        "logger": "test",
        "message": "two\nlines ä",
        "request_id": "abc",
    }


def test_a_line_for_people_shows_the_request(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(make_settings(log_format="readable", log_level="INFO"))
    logging.getLogger("test").info("hello")
    (line,) = logged(capsys)
    assert line.endswith("INFO    test [-] hello")


def test_what_is_less_important_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(make_settings(log_level="ERROR"))
    logging.getLogger("test").warning("hello")
    assert logged(capsys) == []


def test_changes_that_start_nothing_again_are_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(make_settings(log_format="readable", log_level="INFO"))
    logging.getLogger("watchfiles.main").info("1 change detected")  # as for a write to app.db
    logging.getLogger("uvicorn.error").warning("detected changes in 'main.py'. Reloading...")
    (line,) = logged(capsys)
    assert line.endswith("Reloading...")


def test_an_error_brings_its_traceback_in_one_json_line(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(make_settings(log_format="json"))
    try:
        raise RuntimeError("broken")
    except RuntimeError:
        logging.getLogger("test").exception("it went wrong")
    (line,) = logged(capsys)
    assert "RuntimeError: broken" in json.loads(line)["exc_info"]


def test_what_people_search_for_stays_out_of_the_access_log(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logging(make_settings(log_format="readable", log_level="INFO"))
    args = ("127.0.0.1:5000", "GET", "/api/v1/items?q=secret&cursor=c", "1.1", 200)
    logging.getLogger("uvicorn.access").info('%s - "%s %s HTTP/%s" %d', *args)
    (line,) = logged(capsys)
    assert line.endswith('127.0.0.1:5000 - "GET /api/v1/items HTTP/1.1" 200')
