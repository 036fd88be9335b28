"""Kai's ways in, and somebody who holds an open phone of his for a minute."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from starlette.testclient import TestClient

from app.kit.ids import new_id
from tests.cast import Cast
from tests.conftest import ClientAs
from tests.people.authenticator import Authenticator
from tests.people.conftest import Browser, administrator
from tests.people.helping import Story
from tests.people.test_passkeys import add_passkey
from tests.people.test_recovery import codes_on

RunJobs = Callable[[], None]
STATE = """
    select p.email, p.links_alone, p.mailbox_held_at,
      (select array_agg(k.id order by k.id) from passkey k where k.person_id = p.id and k.ended_at is null),
      (select array_agg(e.id order by e.id) from external_way e where e.person_id = p.id and e.ended_at is null),
      (select array_agg(c.id order by c.id) from recovery_code c
       where c.person_id = p.id and c.ended_at is null and c.used_at is null),
      (select array_agg(t.id order by t.id) from trusted_person t join box b on b.id = t.box_id
       where b.owner_id = p.id and t.ended_at is null),
      (select array_agg(s.id order by s.id) from sign_in s where s.person_id = p.id and s.ended_at is null),
      (select count(*) from sign_in s where s.person_id = p.id and s.ended_at is null and not s.shared_device)
    from person p where p.id = :p
"""


@dataclass
class Home:
    """Kai's ways in, his own phone, and what somebody who holds another open one of his brings along."""

    cast: Cast
    phone: TestClient
    passkey: Authenticator
    codes: list[str]
    joes_codes: list[str]
    trusted: str
    mine: Authenticator
    mailbox: str

    def state(self) -> tuple[Any, ...]:
        with administrator() as run:
            return tuple(run(STATE, p=self.cast.person["kai"]).one())

    def ids(self, table: str) -> list[UUID]:
        with administrator() as run:
            return list(
                run(f"select id from {table} where person_id = :p order by id", p=self.cast.person["kai"]).scalars()
            )


def make_home(cast: Cast, client_as: ClientAs, browser: Browser, run_jobs: RunJobs) -> Home:
    """Kai with every way in, and with people he trusts."""
    story = Story(cast, client_as, browser)
    passkey = Authenticator()
    add_passkey(story.kai, passkey)
    codes = codes_on(story.kai.post("/me/recovery").text)
    joes = codes_on(client_as("joe").post("/me/recovery").text)
    with administrator() as run:
        given = {"i": new_id(), "p": cast.person["kai"], "x": new_id().hex}
        run("insert into external_way (id, person_id, issuer, identity_print, label, created_at)"
            " values (:i, :p, 'x', :x, 'School', now())", **given)  # fmt: skip
    run_jobs()
    return Home(
        cast, story.kai, passkey, codes, joes, story.trusted["joe"], Authenticator(), f"thief.{cast.email['kai']}"
    )
