"""What whoever runs the house may do to a way in, by the real command; and that its person reads it."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from app.kit.config import PROJECT
from app.kit.db import admin_url
from tests.cast import Cast
from tests.conftest import ClientAs
from tests.people.conftest import Browser, administrator, is_signed_in
from tests.people.minute import Home
from tests.people.test_passkeys import come_in


def holdfast(*words: str) -> subprocess.CompletedProcess[str]:
    """The command, with the database of these tests."""
    environment = {**os.environ, "DATABASE_URL": admin_url().render_as_string(hide_password=False)}
    return subprocess.run(
        [sys.executable, "-m", "app.cli", *words], env=environment, cwd=PROJECT, capture_output=True, text=True
    )


@pytest.fixture(autouse=True)
def _nothing_for_everybody(database: object) -> Iterator[None]:
    yield
    with administrator() as run:
        run("delete from operator_act")


def test_who_is_locked_is_out_until_they_are_unlocked(home: Home, browser: Browser, cast: Cast) -> None:
    done = holdfast("person", "lock", cast.email["kai"], "--why", "You lost your phone and rang us.")
    assert done.returncode == 0 and "operators' ledger" in done.stdout, done.stderr
    assert not is_signed_in(home.phone)
    kept_out = come_in(browser(), home.passkey)
    assert kept_out.status_code == 403 and "locked it" in kept_out.text
    assert browser().post("/sign-in/recovery", data={"code": home.codes[0]}).status_code == 403
    assert holdfast("person", "unlock", str(cast.person["kai"]), "--why", "You came by.").returncode == 0
    kai = browser()
    assert kai.post("/sign-in/recovery", data={"code": home.codes[0]}).status_code == 303  # it was not used up
    page = kai.get("/me/devices").text
    assert "You lost your phone and rang us." in page and "You came by." in page


def test_one_is_signed_out_and_nobody_else_reads_of_it(cast: Cast, client_as: ClientAs) -> None:
    kai, joe = client_as("kai"), client_as("joe")
    assert holdfast("person", "sign-out", cast.email["kai"], "--why", "You asked us to.").returncode == 0
    assert not is_signed_in(kai) and is_signed_in(joe)
    assert "You asked us to." in client_as("kai").get("/me/devices").text
    assert "You asked us to." not in joe.get("/me/devices").text


def test_everyone_is_signed_out_and_reads_why(client_as: ClientAs) -> None:
    phones = [client_as("kai"), client_as("joe")]
    assert holdfast("sign-out", "--everyone", "--why", "A cable was pulled.").returncode == 0
    assert not any(map(is_signed_in, phones))
    assert "A cable was pulled." in client_as("joe").get("/me/devices").text


def test_nobody_is_named_nobody_is_locked() -> None:
    wrong = holdfast("person", "lock", "nobody@example.org", "--why", "x")
    assert wrong.returncode == 1 and "nobody with this email" in wrong.stderr
