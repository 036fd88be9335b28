"""What stands where others see it (titles, history, lock screens, subjects of mail) says nothing of whose or what."""

import re
from collections.abc import Callable

from app.arrivals.mail.thanks import SUBJECT
from app.kit import outbox
from app.kit.config import settings
from tests.cast import NAMES, Cast
from tests.conftest import ClientAs
from tests.wall.access import VIEWERS, access
from tests.wall.places import make_places
from tests.wall.test_routes import browser, filled

TELLING = re.compile(
    r"\b(care|carer|foster\w*|social|council|contact|placement|keeper|family|home|school|memor\w+|child\w*|young)\b",
    re.IGNORECASE,
)


def test_no_title_names_anybody_or_says_what_this_is(app: object) -> None:
    places = make_places()
    wrong, titles = [], set()
    for who in ("owner", "keeper", "audience", "nobody"):
        name, box = VIEWERS[who]
        client = browser(app, places, name)
        for method, path in access():
            if method != "GET" or path == "/away/now":  # which covers every page after it
                continue
            answer = client.get(filled(path, places.names[box]), headers={"Accept": "text/html"})
            if "<title>" not in answer.text:
                continue
            title = answer.text.partition("<title>")[2].partition("</title>")[0]
            titles.add(title)
            if TELLING.search(title) or any(re.search(rf"\b{each}\b", title) for each in NAMES.values()):
                wrong.append((who, path, title))
    print(f"titles: {len(titles)}, telling: {len(wrong)}")
    assert len(titles) > 30
    assert wrong == []


def test_no_subject_or_sender_of_mail_tells(client_as: ClientAs, cast: Cast, run_jobs: Callable[[], None]) -> None:
    kai = client_as("kai")
    kai.post(f"/people/{cast.connection['nan']}/invitation", data={"way": "mail", "email": "nan@example.org"})
    kai.post("/me/email", data={"email": "kai@example.org"})
    client_as(None).post("/sign-in/link", data={"email": "kai@example.org"})
    run_jobs()
    subjects = {kept["subject"] for kept in outbox.kept_messages()} | {SUBJECT}
    assert len(subjects) >= 3
    for line in (*subjects, settings().mail_from):
        assert not TELLING.search(line), line
        assert not any(name in line for name in NAMES.values()), line
