"""The timeline: newest first by when it happened, page by page, each viewer their own."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import event
from sqlmodel import select

from app.boxes.looks import Look
from app.kit.clock import today
from app.kit.db import engine
from app.memories import around, edtf, timeline
from app.memories.chapter import Chapter
from tests.cast import Cast
from tests.conftest import ClientAs

HREF = re.compile(r'<li class="keep[^"]*"><a href="/memories/([0-9a-f-]{36})"')
OLDER = re.compile(r'<p class="older"><a class="[^"]*" href="([^"]+)"')


@pytest.fixture
def by_four(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Pages of four. What the application put together with them is forgotten again."""
    monkeypatch.setattr(timeline, "PAGE", 4)
    timeline.first_page.cache_clear()
    yield
    timeline.first_page.cache_clear()


def on(cast: Cast, happened: str, **columns: object) -> UUID:
    return cast.memory(happened=happened, happened_on=edtf.last_day(happened), **columns)


def shown(page: str) -> list[UUID]:
    return [UUID(found) for found in HREF.findall(page)]


def headings(page: str) -> list[str]:
    return re.findall(r'<h3 class="month">([^<]+?)(?: <span>|</h3>)', page)


def test_newest_first_and_every_heading_once(client_as: ClientAs, cast: Cast) -> None:
    dates = ["2014-12-31", "2014", "2014-12", "2014-12-30", "2014-11-30", "2014-23", "2014-11-02", "2013~", ""]
    ids = {happened: on(cast, happened) for happened in dates}
    page = client_as("kai").get("/").text
    order = [
        "2014",
        "2014-12",
        "2014-12-31",
        "2014-12-30",
        "2014-23",
        "2014-11",
        "2014-11-30",
        "2014-11-02",
        "2013~",
        "",
    ]
    assert shown(page) == [ids[happened] for happened in order if happened in ids]
    assert headings(page) == ["2014", "December 2014", "Autumn 2014", "November 2014", "2013", "Not sorted yet"]


@pytest.mark.usefixtures("by_four")
def test_pages_follow_one_another_without_gap_or_repeat(client_as: ClientAs, cast: Cast) -> None:
    dates = ["2020-05-16"] * 3 + ["2020-05", "2020-05-31", "2020-22", "2020", "2019~", "2019", "", "", ""]
    made = {on(cast, happened) for happened in dates}
    kai, url, seen, months, sizes = client_as("kai"), "/", [], [], []
    while url:
        page = kai.get(url).text
        months += headings(page)
        seen += shown(page)
        sizes.append(len(shown(page)))
        older = OLDER.search(page)
        url = older[1].replace("&amp;", "&") if older else ""
        assert len(seen) <= len(dates)
    assert len(seen) == len(dates) and set(seen) == made
    assert len(months) == len(set(months)), "a heading that carries on is not said again"
    assert sizes == [4, 4, 4]


def test_a_page_asked_for_by_htmx_is_only_the_cards(client_as: ClientAs, cast: Cast) -> None:
    on(cast, "2020-05-16")
    kai = client_as("kai")
    part = kai.get("/?year=2020", headers={"HX-Request": "true"})
    assert part.headers["Vary"] == "HX-Request"
    assert "<html" not in part.text and shown(part.text) == shown(kai.get("/?year=2020").text) != []


def test_years_chapters_and_what_is_not_sorted(client_as: ClientAs, cast: Cast) -> None:
    chapter = Chapter(box_id=cast.box["kai"], name="Railway Cottages")
    with cast.acting("kai") as session:
        session.add(chapter)
    old, unknown = on(cast, "2014-06-14", chapter_id=chapter.id), on(cast, "")
    new = on(cast, "2020")
    kai = client_as("kai")
    assert shown(kai.get("/?year=2014").text) == [old]
    assert shown(kai.get(f"/?chapter={chapter.id}").text) == [old]
    assert shown(kai.get("/?unsorted=1").text) == [unknown]
    front = kai.get("/").text
    assert shown(front) == [new, old, unknown]
    tabs = re.findall(r'<a href="([^"]*)"(?: aria-current="true")?>([^<]+)</a>', front.partition("dividers")[2])
    assert [words for _, words in tabs[:5]] == ["Everything", "2020", "2014", "Railway Cottages", "Not sorted yet"]


@pytest.mark.parametrize(
    "query", ["before=rubbish", "before=2020_x", "year=x", "year=99999999", "chapter=x", "before=2014-99_"]
)
def test_a_nonsense_address_shows_the_beginning(client_as: ClientAs, cast: Cast, query: str) -> None:
    memory_id = on(cast, "2020")
    answer = client_as("kai").get(f"/?{query}")
    assert answer.status_code == 200
    assert shown(answer.text) == [memory_id]


def test_others_see_just_what_is_shared_and_no_more_about_it(client_as: ClientAs, cast: Cast) -> None:
    chapter = Chapter(box_id=cast.box["kai"], name="Railway Cottages", home=True)
    with cast.acting("kai") as session:
        session.add(chapter)
    shared = on(cast, "2020-05-16", audience=("joe", "school"), chapter_id=chapter.id, title="Bike", place="The park")
    on(cast, "2019-05-16", title="A secret")
    page = client_as("joe").get(f"/boxes/{cast.box['kai']}").text
    assert shown(page) == [shared]
    read = re.sub(r"<[^>]*>", " ", page)  # an id in an address may have any four digits in it
    for hidden in ("A secret", "Railway Cottages", "School", "2019", "New for you", "Just me"):
        assert hidden not in read
    for hidden in ("A secret", "Railway", "year=2019", "chapter="):
        assert hidden not in page
    assert "The park" not in client_as("joe").get(f"/memories/{shared}").text
    assert "The park" in client_as("kai").get(f"/memories/{shared}").text
    assert client_as("casey").get(f"/boxes/{cast.box['kai']}").status_code == 404


@pytest.mark.parametrize(("newest", "few"), [(None, 300), (date(2019, 6, 1), 300), (date(2019, 6, 1), 5)])
def test_however_they_are_found_others_see_the_same(
    client_as: ClientAs, cast: Cast, monkeypatch: pytest.MonkeyPatch, newest: date | None, few: int
) -> None:
    """Many near things, a few far ones among those that are not shared, and many far ones."""
    for module in (timeline, around):
        monkeypatch.setattr(module, "FEW", few)
    timeline.first_page_shared.cache_clear()
    newest = newest or today()
    days = [newest - timedelta(days=3 * number) for number in range(timeline.PAGE + 4)]
    shared = [on(cast, day.isoformat(), audience=("joe",)) for day in days]
    for day in days[:9]:
        on(cast, day.isoformat())
        on(cast, day.isoformat(), audience=("joe",), audience_until=date(2020, 1, 1))
        on(cast, day.isoformat(), audience=("sam",))
    on(cast, "", audience=("sam",))
    joe = client_as("joe")
    first = joe.get(f"/boxes/{cast.box['kai']}").text
    assert shown(first) == shared[: timeline.PAGE]
    tabs = re.findall(r"year=(\d{4})", first.partition("dividers")[2].partition("</nav>")[0])
    assert tabs == [str(year) for year in sorted({day.year for day in days}, reverse=True)]
    older = OLDER.search(first)
    assert older and shown(joe.get(older[1].replace("&amp;", "&")).text) == shared[timeline.PAGE :]
    timeline.first_page_shared.cache_clear()


def test_a_look_is_written_down_unless_it_is_the_owners(client_as: ClientAs, cast: Cast) -> None:
    memory_id = on(cast, "2020", audience=("joe",))
    for name in ("kai", "joe"):
        client_as(name).get(f"/boxes/{cast.box['kai']}")
        client_as(name).get(f"/memories/{memory_id}")
    with cast.acting("kai") as session:
        looks = session.exec(select(Look).where(Look.box_id == cast.box["kai"]).order_by(Look.id)).all()  # type: ignore[arg-type]
    assert [(look.person_id, look.what, look.memory_id) for look in looks] == [
        (cast.person["joe"], "timeline", None),
        (cast.person["joe"], "memory", memory_id),
    ]


def test_what_is_new_waits_in_the_tray_and_not_in_the_timeline(client_as: ClientAs, cast: Cast) -> None:
    gift = cast.gift("joe", title="First bike ride")
    page = client_as("kai").get("/").text
    assert shown(page) == []
    assert "From Joe" in page and "First bike ride" in page and "No rush." in page
    assert client_as("kai").get(f"/memories/{gift}").status_code == 200


def test_a_page_takes_the_same_few_queries_however_much_there_is(client_as: ClientAs, cast: Cast) -> None:
    kai, counted = client_as("kai"), []

    def count(*_: object) -> None:
        counted.append(1)

    def queries() -> int:
        counted.clear()
        assert kai.get("/").status_code == 200
        return len(counted)

    event.listen(engine("holdfast_web"), "before_cursor_execute", count)
    try:
        on(cast, "2020")
        few = queries()
        for day in range(1, 29):
            on(cast, f"2020-05-{day:02}", audience=("joe", "school"))
        assert queries() == few
    finally:
        event.remove(engine("holdfast_web"), "before_cursor_execute", count)
    assert few <= 4, "who it is, whose box, the cards, and what stands round them"


def test_someone_without_a_box_finds_the_boxes_they_are_let_into(client_as: ClientAs, cast: Cast) -> None:
    page = client_as("joe").get("/").text
    assert f"/boxes/{cast.box['kai']}" in page and f"/boxes/{cast.box['ash']}" in page
    assert f"/boxes/{cast.box['kai']}" not in client_as("casey").get("/").text


def test_an_empty_box_is_kind(client_as: ClientAs) -> None:
    assert "Your box is ready." in client_as("kai").get("/").text
