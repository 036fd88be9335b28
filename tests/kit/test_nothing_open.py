"""Settings that would send or take something unencrypted stop everything, in a sentence."""

import os
import subprocess
import sys

import pytest
from pydantic import ValidationError

from app.kit.config import PROJECT, Settings
from app.kit.near import is_near

HTTPS = {"BASE_URL": "https://box.example.org"}


def refused(**chosen: str) -> str:
    with pytest.raises(ValidationError) as wrong:
        Settings(**chosen)  # type: ignore[arg-type]
    return wrong.value.errors()[0]["msg"]


@pytest.mark.parametrize(
    ("chosen", "sentence"),
    [
        ({"BASE_URL": "http://box.example.org"}, "BASE_URL must be https"),
        ({"BASE_URL": "http://192.168.1.7:8000"}, "BASE_URL must be https"),
        ({"BASE_URL": "http://localhost.example.org"}, "BASE_URL must be https"),
        ({"BASE_URL": "ftp://box.example.org"}, "BASE_URL must be https"),
        ({"HOST": "0.0.0.0", "BASE_URL": ""}, "HOST is an address that others reach"),
        ({"HOST": "::"}, "HOST is an address that others reach"),
        ({"S3_ENDPOINT_URL": "http://store.example.org"}, "S3_ENDPOINT_URL must be https"),
        ({"KMS_ENDPOINT_URL": "http://10.1.2.3"}, "KMS_ENDPOINT_URL must be https"),
        ({"CLAMAV_HOST": "clamav:3310"}, "CLAMAV_HOST must be a socket"),
        ({"CLAMAV_HOST": "10.1.2.3"}, "CLAMAV_HOST must be a socket"),
        ({"DATABASE_URL": "postgresql://holdfast:pw@db.example.org/box"}, "DATABASE_URL leads to another machine"),
        ({"DATABASE_URL": "postgresql+psycopg://db/box?sslmode=require"}, "DATABASE_URL leads to another machine"),
        ({"DATABASE_URL": "postgresql://localhost,db.example.org/box"}, "DATABASE_URL leads to another machine"),
        ({"DATABASE_URL": "postgresql:///box?host=db.example.org"}, "DATABASE_URL leads to another machine"),
        ({"DATABASE_URL": "postgresql://localhost/box?hostaddr=10.1.2.3"}, "DATABASE_URL leads to another machine"),
        ({"DATABASE_URL": "postgresql://db/box?sslmode=verify-ca"}, "DATABASE_URL leads to another machine"),
        ({"DATABASE_URL": "what is this"}, "DATABASE_URL is not an address"),
        ({"OUTGOING_SMTP": "mail.example.org:587"}, "String should match"),
    ],
)
def test_what_others_could_read_is_refused(
    monkeypatch: pytest.MonkeyPatch, chosen: dict[str, str], sentence: str
) -> None:
    for name in ("PGHOST", "PGHOSTADDR", "PGSSLMODE"):
        monkeypatch.delenv(name, raising=False)
    assert sentence in refused(**chosen)


@pytest.mark.parametrize(
    "chosen",
    [
        {"BASE_URL": "http://localhost:8000"},
        {"BASE_URL": "http://[::1]:8000"},
        {**HTTPS, "HOST": "0.0.0.0", "OUTGOING_SMTP": "smtps://mail.example.org"},
        {"S3_ENDPOINT_URL": "https://store.example.org", "KMS_ENDPOINT_URL": "http://127.0.0.1:5000"},
        {"CLAMAV_HOST": "/run/clamav/clamd.ctl"},
        {"CLAMAV_HOST": "[::1]:3310"},
        {"CLAMAV_HOST": "localhost"},
        {"DATABASE_URL": "postgresql://u:p@db.example.org,db2.example.org/box?sslmode=verify-full"},
        {"DATABASE_URL": "postgresql://postgres@/box?host=/run/postgresql"},
        {"DATABASE_URL": "postgresql://box@127.0.0.1:5432/box"},
        {"DATABASE_URL": "postgresql://db/box?hostaddr=127.0.0.1"},
        {"DATABASE_URL": "postgresql:///box"},
    ],
)
def test_what_stays_here_or_is_encrypted_is_taken(chosen: dict[str, str]) -> None:
    Settings(**chosen)  # type: ignore[arg-type]


def test_what_libpq_is_told_beside_the_address_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGHOST", "db.example.org")
    assert "another machine" in refused(DATABASE_URL="postgresql:///box")
    monkeypatch.setenv("PGSSLMODE", "verify-full")
    Settings(DATABASE_URL="postgresql:///box")  # type: ignore[call-arg]


def test_a_name_that_leads_here_is_not_here() -> None:
    assert [is_near(each) for each in ("localhost", "127.8.0.1", "::1", "[::1]")] == [True] * 4
    assert [is_near(each) for each in ("", "127.1", "localhost.example.org", "10.0.0.1", "::ffff:10.0.0.1")] == [
        False
    ] * 5


def test_a_bucket_from_the_environment_must_be_private_too(monkeypatch: pytest.MonkeyPatch) -> None:
    from app.media.store import bucket

    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://store.example.org")
    with pytest.raises(ValueError, match="must be https"):
        bucket("box", "", "")


@pytest.mark.parametrize(
    ("command", "chosen", "sentence"),
    [
        ("up", HTTPS | {"HOLDFAST_DEMO": "0"}, "nothing sends their sign-in links: set OUTGOING_SMTP"),
        ("web", HTTPS | {"HOLDFAST_DEMO": "0"}, "nothing sends their sign-in links: set OUTGOING_SMTP"),
        ("worker", HTTPS | {"HOLDFAST_DEMO": "0"}, "nothing sends their sign-in links: set OUTGOING_SMTP"),
        ("up", HTTPS | {"HOLDFAST_DEMO": "1", "OUTGOING_SMTP": "smtps://mail.example.org"}, "Set HOLDFAST_DEMO=0"),
        ("web", {"BASE_URL": "http://box.example.org"}, "BASE_URL must be https"),
        ("up", {"HOLDFAST_MASTER_KEY": "0123456789secret", "CLAMAV_HOST": "clamav"}, "CLAMAV_HOST must be a socket"),
    ],
)
def test_nothing_starts_that_would_serve_people_openly(
    tmp_path_factory: pytest.TempPathFactory, command: str, chosen: dict[str, str], sentence: str
) -> None:
    folder = tmp_path_factory.mktemp("none") / "data"
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", command], cwd=PROJECT, text=True, capture_output=True, timeout=60,
        check=False, env={**os.environ, "HOLDFAST_DATA": str(folder), **chosen},
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, "") and sentence in done.stderr
    assert "Traceback" not in done.stderr and "secret" not in done.stderr and len(done.stderr.splitlines()) == 1
    assert not folder.exists()
