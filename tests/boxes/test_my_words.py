"""My words: each young person can put their own in the place of ours."""

from httpx2 import Response

from app.boxes.box import Box
from app.boxes.our_words import our_words
from tests.arrivals.test_giving import fields
from tests.cast import Cast
from tests.conftest import ClientAs


def typed(**own: str) -> dict[str, str]:
    """The form of /me/words; `own` by our word, with _ for a space."""
    given = {ours.replace("_", " "): mine for ours, mine in own.items()}
    return {f"word-{number}": given.get(ours, "") for number, ours in enumerate(our_words())}


def test_my_words_are_on_my_pages_and_what_people_wrote_stays(client_as: ClientAs, cast: Cast) -> None:
    kai = client_as("kai")
    cast.memory(title="My circle time", audience=("school",))
    assert kai.post("/me/words", data=typed(circle="crew")).status_code == 303
    people = kai.get("/people").text
    assert "My crews" in people and "Make a crew" in people and "Make a circle" not in people
    assert "My circle time" in kai.get("/").text
    assert 'value="crew"' in kai.get("/me/words").text and ">circle</label>" in kai.get("/me/words").text
    assert "Make a circle" in client_as("riley").get("/people").text
    kai.post("/me/words", data=typed())
    assert "Make a circle" in kai.get("/people").text


def test_who_writes_to_me_is_told_my_word(client_as: ClientAs, cast: Cast) -> None:
    client_as("kai").post("/me/words", data=typed(family_time="Nan’s day"))
    hint = client_as("joe").post(
        f"/boxes/{cast.box['kai']}/give/hint", data=fields(words="We had contact."), headers={"HX-Request": "true"}
    )
    assert "Kai says <b>“Nan’s day”</b>" in hint.text


def test_a_word_is_never_markup(client_as: ClientAs) -> None:
    kai = client_as("kai")
    for bad in ("<b>crew</b>", "100%", "%(name)s", "{crew}", "a" * 41, "crew &amp;"):
        answer = kai.post("/me/words", data=typed(circle=bad))
        assert answer.status_code == 422 and "letters only" in answer.text
    assert "Make a circle" in kai.get("/people").text


def test_mostly_pictures_is_a_switch_and_stays_with_the_box(client_as: ClientAs, cast: Cast) -> None:
    ash, look = client_as("ash"), {"theme": "moss", "cover": "hills", "mode": ""}
    assert "data-pictures" not in ash.get("/").text
    ash.post("/me/look", data={**look, "pictures": "on"})
    assert "data-pictures" in ash.get("/").text
    assert "data-pictures" not in client_as("joe").get(f"/boxes/{cast.box['ash']}").text
    ash.post("/me/look", data=look)
    assert "data-pictures" not in ash.get("/").text


def test_cards_are_read_aloud_to_whoever_reads_mostly_pictures_and_to_nobody_else(
    client_as: ClientAs, cast: Cast
) -> None:
    """The same cards, drawn for one and then another: nobody gets them as they were drawn for somebody else."""
    shown = {cast.memory("ash", box="ash", title=title) for title in ("Bike", "Swing", "Snow")}
    ash, joe = client_as("ash"), client_as("joe")
    ashs, theirs = ash.get, lambda _: joe.get(f"/boxes/{cast.box['ash']}")

    def buttons(answer: Response) -> tuple[int, int]:
        return answer.text.count('<li class="keep'), answer.text.count("data-read data-text=")

    every = len(shown)
    look = {"theme": "moss", "cover": "hills", "mode": ""}
    for on in (False, True, False, True):
        ash.post("/me/look", data={**look, "pictures": "on"} if on else look)
        assert buttons(ashs("/")) == (every, every if on else 0)
        assert buttons(theirs("/")) == (every, 0)
    with cast.acting("joe") as session:  # the reader's own, in the box of somebody who has it off
        session.add(Box(owner_id=cast.person["joe"], name="Joe", pictures=True))
    ash.post("/me/look", data=look)
    assert buttons(theirs("/")) == (every, every)
    assert buttons(ashs("/")) == (every, 0)
