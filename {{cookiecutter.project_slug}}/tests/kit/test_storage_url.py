"""``STORAGE_URL``: a folder or a bucket; anything else is rejected."""

from pathlib import Path

import pytest

from app.core.config import load_settings
from app.kit.exceptions import StartupError
from app.kit.project_metadata import ROOT


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("storage", (ROOT / "storage").as_posix()),
        ("./data/files", (ROOT / "data/files").as_posix()),
        ("s3://my-bucket", "s3://my-bucket"),
        ("s3://my-bucket/", "s3://my-bucket"),
        ("gs://my_bucket.example.com/shop/files", "gs://my_bucket.example.com/shop/files"),
        ("az://container/shop", "az://container/shop"),
    ],
)
def test_folders_and_buckets_are_taken(
    monkeypatch: pytest.MonkeyPatch, given: str, used: str
) -> None:
    monkeypatch.setenv("STORAGE_URL", given)
    assert load_settings().storage_url == used


def test_an_absolute_folder_is_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("STORAGE_URL", str(tmp_path))
    assert load_settings().storage_url == tmp_path.as_posix()


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("", "must not be empty"),
        ("http://example.com/files", "has an unknown scheme 'http'; write a folder, or a bucket"),
        ("file:///srv/files", "has an unknown scheme 'file'"),
        ("S3://bucket", "has an unknown scheme 'S3'"),
        ("s3:/bucket", "is not the URL of a bucket"),
        ("s3://", "is not the URL of a bucket"),
        ("s3:///shop", "is not the URL of a bucket"),
        ("s3://bucket?region=eu", "is not the URL of a bucket"),
        ("s3://bucket/../other", "is not the URL of a bucket"),
        ("s3://bucket//shop", "is not the URL of a bucket"),
        ("s3://key:hunter2@bucket", "must not contain credentials"),
    ],
)
def test_a_wrong_url_is_refused_by_name_and_not_shown(
    monkeypatch: pytest.MonkeyPatch, value: str, message: str
) -> None:
    monkeypatch.setenv("STORAGE_URL", value)
    with pytest.raises(StartupError) as error:
        load_settings()
    assert f"  STORAGE_URL: {message}" in str(error.value)
    assert "hunter2" not in str(error.value)
