"""The `holdfast` command, as somebody at a shell uses it: real processes, a fresh data folder."""

import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from app.kit import embedded_postgres
from tests.machine import until
from tests.shell import Shell


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    used = Shell(tmp_path / "data")
    yield used
    used.stop()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_up_is_healthy_and_stops_everything_it_started(shell: Shell, how: signal.Signals) -> None:
    up = shell.start("up")
    until(lambda: shell.health()[0] == 200)
    assert shell.health()[1] == {"status": "ok", "database": "ok", "store": "ok", "worker": "ok"}
    with socket.create_connection(("127.0.0.1", shell.smtp_port), 5) as door:
        assert door.recv(100).startswith(b"220")
    status, url = shell.run("db", "url")
    assert status == 0
    with psycopg.connect(url.strip()) as administrator:
        assert administrator.execute("select count(*) from memory").fetchone() == (0,)
    up.send_signal(how)
    said, _ = up.communicate(timeout=30)
    assert up.returncode == 0
    assert f"http://localhost:{shell.port}" in said and "Everything that was saved is safe" in said
    assert embedded_postgres.running_pid(shell.data) is None


def test_a_second_up_on_the_same_folder_is_told_so(shell: Shell) -> None:
    shell.start("up")
    until(lambda: shell.health()[0] == 200)
    status, said = shell.run("up")
    assert status != 0 and "running already" in said
    assert shell.health()[0] == 200


def test_after_a_kill_the_next_start_takes_over(shell: Shell) -> None:
    first = shell.start("up")
    until(lambda: shell.health()[0] == 200)
    first.kill()
    first.wait()
    assert embedded_postgres.running_pid(shell.data) is not None
    again = shell.start("up")
    until(lambda: shell.health()[0] == 200)
    again.send_signal(signal.SIGTERM)
    again.communicate(timeout=30)
    assert embedded_postgres.running_pid(shell.data) is None


def test_a_taken_port_is_said_in_a_sentence(shell: Shell) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", shell.port))
        other.listen()
        status, said = shell.run("up")
    assert status != 0
    assert f"port {shell.port}" in said and "PORT=" in said and "Traceback" not in said


def test_health_tells_the_truth(shell: Shell) -> None:
    assert shell.run("db", "start")[0] == 0
    assert shell.run("migrate")[0] == 0
    shell.start("web")
    until(lambda: shell.health()[0] == 503)
    assert shell.health()[1] == {"status": "trouble", "database": "ok", "store": "ok", "worker": "down"}
    shell.start("worker")
    until(lambda: shell.health()[0] == 200)
    assert shell.run("db", "stop")[0] == 0
    until(lambda: shell.health()[1].get("database") == "down")


def test_an_app_is_registered_at_the_shell(shell: Shell) -> None:
    assert shell.run("db", "start")[0] == 0
    assert shell.run("migrate")[0] == 0
    about = ("--publisher", "Ashwood High School", "--purpose", "Sends you your certificates.",
             "--privacy", "https://portal.example/privacy", "--scope", "add:certificate")  # fmt: skip
    status, said = shell.run("app", "add", "Portal", *about, "--redirect", "http://portal.example/back")
    assert status != 0 and "must begin with https://" in said and "Traceback" not in said
    status, said = shell.run("app", "add", "Portal", *about, "--redirect", "https://portal.example/back")
    assert status == 0 and "client_id" in said and "client_secret" in said
