"""Reading with no signal: on one’s own phone alone, one’s own box alone, and what is gone goes from the phone, too."""

from sqlalchemy import Connection, text

from app.boxes.box import Box
from tests.cast import Cast
from tests.conftest import ClientAs


def test_a_key_is_one_sign_ins_own(client_as: ClientAs, cast: Cast) -> None:
    one, other = client_as("kai"), client_as("kai")
    first, again = one.get("/offline/key"), one.get("/offline/key")
    assert first.json()["key"] == again.json()["key"]
    assert first.headers["Cache-Control"] == "no-store"
    assert other.get("/offline/key").json()["key"] != first.json()["key"]
    assert one.post("/offline/still", data={"of": other.get("/offline/key").json()["of"]}).status_code == 409
    one.post("/sign-out", data={"sure": "yes"})
    assert one.get("/offline/key").status_code == 303


def test_nothing_is_kept_on_a_phone_that_is_not_theirs(client_as: ClientAs, cast: Cast, admin: Connection) -> None:
    kai, memory = client_as("kai"), cast.memory()
    of = kai.get("/offline/key").json()["of"]
    shared = "update sign_in set shared_device = true where person_id = :kai"
    admin.execute(text(shared), {"kai": cast.person["kai"]})
    for path in ("/offline/key", f"/offline/memories/{memory}"):
        assert kai.get(path).status_code == 403
    assert kai.post("/offline/still", data={"of": of, "id": [str(memory)]}).status_code == 403
    assert "data-reading-keep" not in kai.get(f"/memories/{memory}").text
    assert "data-reading-switch" not in kai.get("/me/phone").text


def test_what_is_put_away_or_gone_may_not_be_held_any_more(client_as: ClientAs, cast: Cast) -> None:
    kai = client_as("kai")
    stays, away, gone = (cast.memory(title=title) for title in ("Stays", "Away", "Gone"))
    theirs = cast.memory("riley", box="riley")
    of = kai.get("/offline/key").json()["of"]
    held = {"of": of, "id": [str(each) for each in (stays, away, gone, theirs)]}
    assert sorted(kai.post("/offline/still", data=held).json()["still"]) == sorted(map(str, (stays, away, gone)))
    kai.post(f"/memories/{away}/putting-away")
    kai.post(f"/memories/{gone}/trash")
    assert kai.post("/offline/still", data=held).json()["still"] == [str(stays)]
    assert [kai.get(f"/offline/memories/{each}").status_code for each in (stays, away, theirs)] == [200, 404, 404]


def test_somebody_who_may_see_a_memory_may_not_take_it_with_them(client_as: ClientAs, cast: Cast) -> None:
    memory = cast.memory(audience=("joe",))
    joe = client_as("joe")
    assert joe.get(f"/memories/{memory}").status_code == 200
    assert joe.get(f"/offline/memories/{memory}").status_code == 404


def test_a_copy_says_what_the_page_says(client_as: ClientAs, cast: Cast) -> None:
    memory = cast.memory(title="A day", words="It rained.\n\nWe sang.", details={"from_whom": "Nan"})
    kai = client_as("kai")
    welsh = kai.get(f"/offline/memories/{memory}", headers={"Accept-Language": "cy"}).json()
    assert (welsh["kind"], welsh["when"]) == ("Geiriau", "Heb ei drefnu eto")
    copy = kai.get(f"/offline/memories/{memory}").json()
    assert (copy["name"], copy["kind"]) == ("A day", "Words")
    assert copy["parts"] == [{"is": "words", "by": "Nan", "words": "It rained.\n\nWe sang."}]
    with cast.acting("kai") as session:
        session.get_one(Box, cast.box["kai"]).own_words = {"life track": "mixtape"}
    tape = cast.memory(kind="life_track")
    assert kai.get(f"/offline/memories/{tape}").json()["kind"] == "Mixtape"
