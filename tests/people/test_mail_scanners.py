"""A scanner opens every link of every letter before its person does: nothing changes, and nothing is used up."""

import re
from collections.abc import Callable

from sqlalchemy import Connection, text

from app.kit import outbox
from app.kit.config import settings
from app.kit.ids import new_id
from tests.boxes.reading import once
from tests.people.conftest import Browser, is_signed_in
from tests.people.minute import Home

METHODS = ("HEAD", "GET", "GET", "OPTIONS")
KINDS = ("/sign-in/link/", "/me/email/", "/invitation/", "/not-me/")


def everything(admin: Connection) -> dict[str, str]:
    """A print of every table, but for how often a client came."""
    names = admin.execute(text("select tablename from pg_tables where schemaname = 'public'")).scalars().all()
    ours = [name for name in names if name not in ("attempt", "alembic_version")]
    sql = "select md5(string_agg(t::text, '|' order by t::text)) from"
    return {name: admin.execute(text(f"{sql} {name} t")).scalar() or "" for name in ours}


def test_whoever_opens_every_link_first_changes_and_uses_up_nothing(
    home: Home, browser: Browser, admin: Connection, run_jobs: Callable[[], None]
) -> None:
    kai, phone, invited = home.cast.email["kai"], browser(), f"{new_id().hex}@example.org"
    phone.post("/sign-in/link", data={"email": kai})
    home.phone.post("/me/email", data={"email": home.mailbox})
    asked = {"way": "mail", "email": invited, "once": str(new_id())}
    home.phone.post(f"/people/{home.cast.connection['nan']}/invitation", data=asked)
    run_jobs()
    letters = [each["body"] for each in outbox.kept_messages(500) if each["to"] in (kai, home.mailbox, invited)]
    links = [path for body in letters for path in re.findall(re.escape(settings().public_url) + r"(/\S+)", body)]
    first = {kind: next(path for path in links if path.startswith(kind)) for kind in KINDS}
    before, scanner = everything(admin), browser(at="192.0.2.7")
    del scanner.headers["Sec-Fetch-Site"]
    scanner.cookies.clear()
    for path in links:
        assert all(scanner.request(method, path).status_code < 500 for method in METHODS), path
    assert {name for name, found in everything(admin).items() if found != before[name]} == set()
    assert not is_signed_in(scanner)
    assert phone.post(first["/sign-in/link/"]).status_code == 303 and is_signed_in(phone)
    newcomer = browser()
    page = newcomer.get(first["/invitation/"]).text
    taken = newcomer.post(f"{first['/invitation/']}/acceptance", data={"name": "Nan", "once": once(page)})
    assert taken.headers["location"] == "/welcome"
    assert home.phone.post(first["/me/email/"]).headers["location"] == "/me/devices#email"
    assert "It’s back as it was" in browser().post(first["/not-me/"]).text
