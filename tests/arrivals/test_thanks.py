"""Who gave by mail is thanked, once and without a name; a machine never is."""

from uuid import uuid4

import pytest

from app.kit import outbox
from tests.arrivals.conftest import Run, Send, address_for, gifts, letter, messages
from tests.cast import Cast


def test_a_sender_we_know_is_thanked_once_without_a_name(cast: Cast, send: Send, run_jobs: Run, trusting: None) -> None:
    mine = f"thanks.{uuid4().hex[:8]}@example.org"
    to = address_for(cast, sender=mine)
    send(letter("One", sender=mine), to, sender=mine)
    send(letter("Two", sender=mine), to, sender=mine)
    run_jobs()
    thanks = [each for each in outbox.kept_messages() if each["to"] == mine]
    assert len(thanks) == 1 and len(gifts(cast)) == 2
    for word in ("Kai", "kept", "care", "box"):
        assert word not in thanks[0]["subject"] + thanks[0]["body"]


@pytest.mark.parametrize(
    "header",
    [
        "Auto-Submitted: auto-generated",
        "Precedence: bulk",
        "List-Id: <staff.example.org>",
        "X-Auto-Response-Suppress: All",
        "References: <thanks.0123@in.localhost>",
    ],
)
def test_machines_and_lists_are_never_answered(
    cast: Cast, send: Send, run_jobs: Run, trusting: None, header: str
) -> None:
    mine = f"auto.{uuid4().hex[:8]}@example.org"
    message = letter(sender=mine)
    name, _, value = header.partition(": ")
    message[name] = value
    send(message, address_for(cast, sender=mine), sender=mine)
    run_jobs()
    assert len(gifts(cast)) == 1
    assert [each for each in outbox.kept_messages() if each["to"] == mine] == []


def test_a_knock_is_never_answered(cast: Cast, send: Send, run_jobs: Run, trusting: None) -> None:
    stranger = f"stranger.{uuid4().hex[:8]}@example.org"
    send(letter(sender=stranger), address_for(cast), sender=stranger)
    run_jobs()
    assert [each.state for each in messages(cast)] == ["knocking"]
    assert [each for each in outbox.kept_messages() if each["to"] == stranger] == []
