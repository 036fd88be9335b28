"""Kai, his three people, and a phone that nobody is signed in on."""

import re
from collections.abc import Callable
from typing import Any

from starlette.testclient import TestClient

from tests.cast import Cast
from tests.conftest import ClientAs
from tests.people.conftest import Browser, administrator, is_signed_in

RunJobs = Callable[[], None]
HELPERS = ("joe", "patel", "sam")


class Story:
    """Kai, his three people, and a phone that nobody is signed in on."""

    def __init__(self, cast: Cast, client_as: ClientAs, browser: Browser) -> None:
        self.cast, self.client_as, self.browser = cast, client_as, browser
        self.kai = client_as("kai")
        self.helpers = {name: client_as(name) for name in HELPERS}
        self.trusted: dict[str, str] = {}
        for name in HELPERS:
            self.choose(name)

    def choose(self, name: str) -> str:
        """Kai asks someone, who says yes."""
        asked = self.kai.post("/me/trusted", data={"who": str(self.cast.connection[name])})
        assert asked.status_code == 303, asked.text
        with administrator() as run:
            where = "connection_id = :c and ended_at is null"
            self.trusted[name] = str(
                run(f"select id from trusted_person where {where}", c=self.cast.connection[name]).scalar()
            )
        assert self.answer(name, "yes").status_code == 303
        return self.trusted[name]

    def answer(self, name: str, answer: str) -> Any:
        return self.helpers[name].post(f"/helping/{self.trusted[name]}/answer", data={"answer": answer})

    def new_phone(self) -> TestClient:
        """A phone on which somebody asked for a code."""
        phone = self.browser()
        assert phone.post("/sign-in/help").status_code == 303
        return phone

    def say_yes(self, name: str, code: str, client: TestClient | None = None) -> Any:
        typed = {"code": code, "sure": "yes"}
        return (client or self.helpers[name]).post(f"/helping/{self.trusted[name]}/code", data=typed)

    def begun(self) -> TestClient:
        """A phone that two people said yes to."""
        phone = self.new_phone()
        for name in ("joe", "patel"):
            assert self.say_yes(name, code_on(phone)).status_code == 200
        assert heading(phone) == "Two people helped"
        return phone

    def pass_time(self, hours: int, minutes: int = 0) -> None:
        """Everything about the ways back to Kai's box happened so much earlier."""
        with administrator() as run:
            much, box = f"interval '{hours} hours {minutes} minutes'", self.cast.box["kai"]
            for column in ("begun_at", "ready_at", "stopped_at", "used_at", "expires_at"):
                run(f"update recovery set {column} = {column} - {much} where box_id = :b", b=box)
            for table, column in (
                ("recovery_yes", "at"), ("trusted_person", "answered_at"), ("connection", "accepted_at")
            ):  # fmt: skip
                run(f"update {table} set {column} = {column} - {much} where box_id = :b", b=box)


def code_on(phone: TestClient) -> str:
    found = re.search(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b", phone.get("/sign-in/help").text)
    assert found is not None
    return found.group()


def heading(phone: TestClient) -> str:
    found = re.search(r"<h1>(.*?)</h1>", phone.get("/sign-in/help").text)
    assert found is not None
    return found.group(1)


def comes_in(phone: TestClient) -> bool:
    phone.post("/sign-in/help/coming-in")
    return is_signed_in(phone)
