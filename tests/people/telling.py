"""People, and phones of theirs that are told that there is something new."""

from collections.abc import Callable

from sqlalchemy import Connection, text
from starlette.testclient import TestClient

from app.kit.clock import today
from app.kit.ids import new_id
from app.memories.jobs import letters_open
from tests.cast import Cast
from tests.conftest import ClientAs
from tests.people.pushing import ABrowser, PushService

Run = Callable[[], None]
EVERY = ("arrived", "asked", "letter")


def wants(client: TestClient, *kinds: str, quiet: tuple[str, str] = ("03:00", "03:00")) -> None:
    form = {"kinds": list(kinds), "quiet_from": quiet[0], "quiet_until": quiet[1]}
    assert client.post("/me/notices", data=form).status_code == 303


def turn_on(client: TestClient, service: PushService) -> ABrowser:
    browser = ABrowser(service)
    assert client.post("/me/notices/phone", json=browser.json).status_code == 200
    return browser


def phone_of(
    client_as: ClientAs, service: PushService, name: str, *kinds: str, language: str = "en"
) -> tuple[TestClient, ABrowser]:
    """A phone of this person that is told about these kinds, at any hour."""
    client = client_as(name)
    client.headers["Accept-Language"] = language
    wants(client, *kinds)
    return client, turn_on(client, service)


def give(client_as: ClientAs, cast: Cast, box: str = "kai", words: str = "The Windmill at Railway Cottages.") -> None:
    fields = {"once": str(new_id()), "kind": "words", "words": words}
    assert client_as("joe").post(f"/boxes/{cast.box[box]}/give", data=fields).status_code == 303


def ask(client_as: ClientAs, cast: Cast, words: str = "The Windmill") -> None:
    fields = {"once": str(new_id()), "words": words}
    assert client_as("joe").post(f"/boxes/{cast.box['kai']}/asking", data=fields).status_code == 303


def letter(cast: Cast) -> None:
    """A letter of Kai's, whose day it is; and the morning comes."""
    cast.memory(kind="letter", title="Windmill", words="", details={"opens_on": today().isoformat()})
    letters_open(timestamp=0)


def subscriptions(admin: Connection, cast: Cast, name: str = "kai") -> int:
    query = text("select count(*) from push_subscription where person_id = :p")
    return int(admin.execute(query, {"p": cast.person[name]}).scalar_one())


def pass_time(admin: Connection) -> None:
    """What waits for a later moment need not wait any longer."""
    admin.execute(text("set search_path = public, jobs"))
    admin.execute(text("update jobs.procrastinate_jobs set scheduled_at = now() where scheduled_at > now()"))
