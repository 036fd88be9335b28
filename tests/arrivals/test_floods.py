"""What comes in great numbers: answers to our answers, and mail for addresses that nobody has."""

import smtplib
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from email import policy
from email.message import EmailMessage
from itertools import cycle, islice
from uuid import uuid4

import pytest
from sqlalchemy import text, update

from app.arrivals.mail.message import MailMessage
from app.kit.config import settings
from app.kit.db import open_session
from app.people.person import Person
from app.people.viewer import Viewer
from tests.arrivals.conftest import PATEL, Run, address_for, letter, messages
from tests.arrivals.elsewhere import Elsewhere
from tests.arrivals.test_mail_door import UNKNOWN
from tests.cast import Cast
from tests.machine import until
from tests.wall.world import administrator


def answering(thanks: EmailMessage) -> list[tuple[dict[str, str], str]]:
    """What machines (and rude ones) send back: header fields, and the envelope's sender."""
    return [
        ({"Subject": "Out of office"}, PATEL),
        ({"Subject": f"Re: {thanks['Subject']}"}, PATEL),
        ({"Subject": "Fwd: AW: " + thanks["Subject"].upper()}, PATEL),
        ({"Subject": "Away", "Auto-Submitted": "auto-replied"}, PATEL),
        ({"Subject": "Away", "X-Auto-Response-Suppress": "All"}, PATEL),
        ({"Subject": "Away", "Precedence": "bulk"}, PATEL),
        ({"Subject": "Away", "In-Reply-To": thanks["Message-ID"]}, PATEL),
        ({"Subject": "Newsletter", "List-Id": "<parents.ashwood-high.example.org>"}, PATEL),
        ({"Subject": "Undelivered Mail Returned to Sender"}, ""),
    ]


def send_all(door: int, to: str, count: int, kinds: list[tuple[dict[str, str], str]]) -> None:
    with smtplib.SMTP("127.0.0.1", door, timeout=30) as client:
        for fields, sender in islice(cycle(kinds), count):
            message = letter(words=f"I am not here. {uuid4()}")
            for name, value in {**fields, "Message-ID": f"<{uuid4()}@ashwood-high.example.org>"}.items():
                del message[name]
                message[name] = value
            client.sendmail(sender, [to], message.as_bytes(policy=policy.SMTP))


def two_hours_pass(cast: Cast) -> None:
    """Since Kai's givers were thanked."""
    with open_session(Viewer(door="mail").claims(), role="holdfast_worker") as session:
        earlier = update(MailMessage).where(MailMessage.box_id == cast.box["kai"])  # type: ignore[arg-type]
        session.connection().execute(earlier.values(thanked_at=MailMessage.thanked_at - timedelta(hours=2)))  # type: ignore[operator]


@pytest.mark.parametrize("count", [90, pytest.param(1000, marks=[pytest.mark.deep, pytest.mark.timeout(1800)])])
def test_a_mail_loop_ends_with_our_first_answer(
    cast: Cast, door: int, run_jobs: Run, trusting: None, elsewhere: Elsewhere, count: int
) -> None:
    to = address_for(cast)
    send_all(door, to, 1, [({"Subject": "Star of the week"}, PATEL)])
    run_jobs()
    (thanks,) = elsewhere.heard
    assert thanks["X-Return-Path"] == "<>" and thanks["Auto-Submitted"] == "auto-replied"
    loop = answering(thanks)
    send_all(door, to, count, loop)
    run_jobs()
    print(f"messages of a loop: {count}, answers: {len(elsewhere.heard) - 1} after the first")
    away = sum(fields.get("Auto-Submitted") == "auto-replied" for fields, _ in islice(cycle(loop), count))
    assert len(elsewhere.heard) == 1 and len(messages(cast)) == count - away + 1


@pytest.mark.usefixtures("marked_words")
def test_a_sender_with_a_language_of_their_own_here_is_thanked_in_it(
    cast: Cast, door: int, run_jobs: Run, trusting: None, elsewhere: Elsewhere
) -> None:
    """And what answers that is known for an answer."""
    with cast.acting("patel") as session:
        session.get_one(Person, cast.person["patel"]).language = "cy"
    sender = cast.email["patel"]
    to = address_for(cast, sender=sender)
    send_all(door, to, 1, [({"Subject": "Star of the week", "From": sender}, sender)])
    run_jobs()
    (thanks,) = elsewhere.heard
    assert thanks["Subject"] == "⟦Thank you. It arrived.⟧" and "⟦Thank you. What you sent" in thanks.get_content()
    two_hours_pass(cast)
    send_all(door, to, 1, [({"Subject": f"Re: {thanks['Subject']}", "From": sender}, sender)])
    run_jobs()
    assert len(elsewhere.heard) == 1 and len(messages(cast)) == 2


def test_a_slow_loop_ends_too(cast: Cast, door: int, run_jobs: Run, trusting: None, elsewhere: Elsewhere) -> None:
    """One that waits long enough between its messages, and says nothing of what it is."""
    to = address_for(cast)
    for _ in range(10):
        send_all(door, to, 1, [({"Subject": "Out of office"}, PATEL)])
        run_jobs()
        two_hours_pass(cast)
    assert 1 <= len(elsewhere.heard) <= 6


MOST_BYTES = 500_000  # one mail and what the database tidies up meanwhile, however large the flood
TABLES = """
    select format('%I.%I', schemaname, tablename) from pg_tables
    where schemaname not in ('pg_catalog', 'information_schema') order by 1
"""


@dataclass
class Footprint:
    """What there is of all that a message could leave: bytes of the store, and rows of every table. The database's own
    bytes grow by themselves too, when it tidies up."""

    files: int
    rows: dict[str, int]
    database: int = field(compare=False)


def footprint() -> Footprint:
    files = sum(path.stat().st_size for path in (settings().data / "media").rglob("*") if path.is_file())
    with administrator() as engine, engine.connect() as admin:
        size = admin.execute(text("select pg_database_size(current_database())")).scalar_one()
        tables = admin.execute(text(TABLES)).scalars().all()
        rows = {table: admin.execute(text(f"select count(*) from {table}")).scalar_one() for table in tables}
    return Footprint(files, rows, size)


@pytest.mark.parametrize("count", [500, pytest.param(5000, marks=[pytest.mark.deep, pytest.mark.timeout(1800)])])
def test_a_flood_for_unknown_addresses_leaves_nothing_and_keeps_nobody_out(cast: Cast, door: int, count: int) -> None:
    to, lines = address_for(cast), 20
    before, refused = footprint(), []

    def flood(share: int) -> None:
        with smtplib.SMTP("127.0.0.1", door, timeout=60) as client:
            client.ehlo()
            for _ in range(share):
                client.mail(PATEL)
                refused.append(client.rcpt(UNKNOWN)[0])
                client.rset()

    with ThreadPoolExecutor(lines) as pool:
        floods = [pool.submit(flood, count // lines) for _ in range(lines)]
        until(lambda: len(refused) >= count // 10)
        grown = footprint()
        began = time.perf_counter()
        with smtplib.SMTP("127.0.0.1", door, timeout=30, source_address=("127.0.0.2", 0)) as client:
            client.sendmail(PATEL, [to], letter().as_bytes(policy=policy.SMTP))
        took = time.perf_counter() - began
        under_way = not all(each.done() for each in floods)
        for each in floods:
            each.result()
    assert refused == [550] * count and under_way
    assert grown == before and len(messages(cast)) == 1
    after = footprint()
    more = after.database - before.database
    print(f"unknown addresses: {count}, real mail meanwhile in {took:.2f} s; bytes more: {more}")
    assert after.rows["public.mail_message"] == before.rows["public.mail_message"] + 1
    assert more < MOST_BYTES
