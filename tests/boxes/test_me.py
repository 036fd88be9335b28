"""Me: who looked, what was decided, and how it looks."""

from datetime import date

from sqlalchemy import event, text

from app.boxes import looks
from app.boxes.helplines import helplines
from app.boxes.keys import birthday
from app.kit.db import engine
from tests.boxes.reading import decided
from tests.cast import Cast
from tests.conftest import ClientAs


def look(cast: Cast, name: str, what: str, memory: str | None = None, times: int = 1) -> None:
    memory_id = cast.memory(title=memory, audience=(name,)) if memory is not None else None
    with cast.acting(name) as session:
        for _ in range(times):
            looks.looked(session, box_id=cast.box["kai"], by=cast.person[name], what=what, memory_id=memory_id)


def test_who_looked_is_told_in_plain_words(client_as: ClientAs, cast: Cast) -> None:
    kai = client_as("kai")
    assert "Nobody has looked." in kai.get("/me").text
    look(cast, "sam", "watched", "Biscuit v the sea", times=2)
    look(cast, "patel", "listened", "The allotment", times=4)
    look(cast, "joe", "timeline")
    page = kai.get("/me").text
    assert "<b>Sam</b> watched “Biscuit v the sea”. Twice." in page
    assert "<b>Mrs Patel</b> listened to “The allotment”. 4 times." in page
    assert "<b>Joe</b> looked at the box." in page
    only = kai.get(f"/me/looks?person={cast.person['sam']}").text
    assert "<b>Sam</b>" in only
    assert "<b>Joe</b>" not in only


def test_me_shows_five_looks_and_the_rest_is_a_page_away(client_as: ClientAs, cast: Cast) -> None:
    for number in range(7):
        look(cast, "sam", "memory", f"Day {number}")
    kai = client_as("kai")
    assert kai.get("/me").text.count("looked at “Day") == 5
    assert kai.get("/me/looks").text.count("looked at “Day") == 7


def test_looks_go_on_page_by_page_and_end(client_as: ClientAs, cast: Cast) -> None:
    with cast.acting("joe") as session:
        for memory in [cast.memory(title=f"Day {n}", audience=("joe",)) for n in range(70)]:
            looks.looked(session, box_id=cast.box["kai"], by=cast.person["joe"], what="memory", memory_id=memory)
    kai = client_as("kai")
    first = kai.get("/me/looks").text
    older = first.split('href="/me/looks?before=')[1].split("&amp;")[0]
    second = kai.get(f"/me/looks?before={older}").text
    told = [title for title in (f"“Day {n}”" for n in range(70)) for page in (first, second) if title in page]
    assert len(told) == 70
    assert ">Older<" not in second


def test_what_i_decided_narrows_to_a_person_and_a_kind(client_as: ClientAs, cast: Cast) -> None:
    kai = client_as("kai")
    kai.post("/circles", data={"name": "Football"})
    kai.post(f"/people/{cast.connection['joe']}/ending")
    kai.post(f"/people/{cast.connection['nan']}/invitation", data={"way": "code"})
    assert kai.get("/me/decisions").text.count("<li><span") == 3
    joe = kai.get(f"/me/decisions?person={cast.connection['joe']}").text
    assert "You stopped Joe seeing things." in joe
    assert "Football" not in joe
    assert "Football" in kai.get("/me/decisions?kind=circle").text
    assert "You asked Nan" not in kai.get("/me/decisions?kind=circle").text
    assert kai.get("/me/decisions?kind=nonsense&person=nonsense").text.count("<li><span") == 3


def test_the_look_of_a_box_is_saved_without_javascript(client_as: ClientAs, cast: Cast) -> None:
    kai = client_as("kai")
    assert kai.post("/me/look", data={"theme": "moss", "cover": "hills", "mode": "dark"}).status_code == 303
    assert 'data-theme="moss" data-cover="hills" data-mode="dark"' in kai.get("/people").text
    refused = kai.post("/me/look", data={"theme": "neon"})
    assert refused.status_code == 422
    assert "Please choose one from the list." in refused.text
    assert 'data-theme="moss"' in kai.get("/me").text


def test_my_name_and_picture_are_mine_to_change(client_as: ClientAs, cast: Cast) -> None:
    kai = client_as("kai")
    assert kai.post("/me/face", data={"name": "Kay", "face": "top", "tint": "5"}).status_code == 303
    page = kai.get("/me").text
    assert "<h2>Kay</h2>" in page
    assert "fc-5" in page
    assert kai.post("/me/face", data={"name": "", "face": "top", "tint": "5"}).status_code == 422


def test_helplines_are_on_the_page_for_everyone_who_is_in(client_as: ClientAs, cast: Cast) -> None:
    for name in ("kai", "joe"):
        page = client_as(name).get("/me").text
        for line in helplines().lines:
            assert line.number in page
            assert line.href in page


def test_a_page_costs_two_questions_about_whose_box_it_is(client_as: ClientAs, cast: Cast) -> None:
    asked: list[str] = []
    web = engine("holdfast_web")

    def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    event.listen(web, "before_cursor_execute", note)
    try:
        client_as(None).get("/invitation")
        nobody = [statement for statement in asked if "set_config" not in statement]
        asked.clear()
        client_as("ash").get("/me/face")
    finally:
        event.remove(web, "before_cursor_execute", note)
    assert nobody == []
    somebody = asked[next(place for place, statement in enumerate(asked) if "wall.come_in" in statement) + 1 :]
    assert len(somebody) == 3  # the handler's own person, then the two of every page


def test_turning_eighteen_on_a_leap_day() -> None:
    assert birthday(date(2008, 2, 29), 18) == date(2026, 3, 1)
    assert birthday(date(2014, 1, 15), 18) == date(2032, 1, 15)


def test_casey_reads_nothing_of_kais_page(client_as: ClientAs, cast: Cast) -> None:
    casey = client_as("casey")
    for page in ("me", "me/looks", "me/decisions", "me/stage", "people"):
        assert casey.get(f"/boxes/{cast.box['kai']}/{page}").status_code == 404
    assert casey.post(f"/boxes/{cast.box['kai']}/me/look", data={"theme": "moss"}).status_code == 404
    assert client_as("joe").post(f"/boxes/{cast.box['kai']}/me/look", data={"theme": "moss"}).status_code == 403
    with cast.acting("kai") as session:
        assert session.connection().execute(text("select theme from box")).scalar() == "tide"
    assert decided(cast) == []
