"""A day that a file only hints at is offered to whoever decides, and nobody else is told of it."""

import io
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from PIL import Image

from app.kit.clock import today
from app.kit.ids import new_id
from app.media.intake import attach
from app.memories.memory import Memory
from tests.cast import Cast
from tests.conftest import ClientAs
from tests.memories.files import RunJobs, jpeg, wav

REPORTS = Path(__file__).parents[1] / "corpora/reports-02"
Keep = Callable[..., UUID]


@pytest.fixture
def keep(cast: Cast, run_jobs: RunJobs) -> Keep:
    """A memory of Kai's that Joe can see, with files in it that are ready: `keep({"a.jpg": data})` gives its id."""

    def keep_them(files: dict[str, bytes], kind: str = "photo", **columns: object) -> UUID:
        memory_id = cast.memory(kind=kind, audience=("joe",), **columns)
        with cast.acting("kai") as session:
            for position, (name, data) in enumerate(files.items()):
                attach(
                    session, box_id=cast.box["kai"], memory_id=memory_id, added_by=cast.person["kai"],
                    name=name, mime="application/octet-stream", chunks=[data], position=position,
                )  # fmt: skip
        run_jobs()
        return memory_id

    return keep_them


def offered(page: str) -> list[str]:
    """The days that a page offers, as it says them."""
    return re.findall(r"Was it ([^?<]+)\?", page)


def changed_on(day: str) -> bytes:
    exif, out = Image.Exif(), io.BytesIO()
    exif[0x0132] = day
    Image.new("RGB", (32, 24), "teal").save(out, "JPEG", exif=exif)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("IMG-20220528-WA0004.jpg", (REPORTS / "IMG-20220528-WA0004.jpg").read_bytes(), "Saturday 28 May 2022"),
        ("scan.jpg", (REPORTS / "date_onlymod.jpg").read_bytes(), "Sunday 18 June 2017"),
        ("holiday.jpg", changed_on("2013-04-05T06:07:08"), "Friday 5 April 2013"),
        ("2012-03-04 swimming.jpg", changed_on("2013:04:05 06:07:08"), "Sunday 4 March 2012"),
        ("call 20190704_102030.wav", wav(), "Thursday 4 July 2019"),
    ],
)
def test_a_day_is_offered_and_taken_with_a_yes(
    cast: Cast, client_as: ClientAs, keep: Keep, name: str, data: bytes, said: str
) -> None:
    kai, memory_id = client_as("kai"), keep({name: data}, kind="voice" if name.endswith("wav") else "photo")
    page = kai.get(f"/memories/{memory_id}").text
    assert offered(page) == [said]
    assert "Not sorted yet" in page
    assert offered(client_as("joe").get(f"/memories/{memory_id}").text) == [], "the file's name is nobody else's"
    asked = kai.get(re.findall(r'href="(/memories/[^"]+/edit\?day=[^"#]+)', page)[0]).text
    assert re.search(r'value="day" checked', asked)
    day = re.findall(r'name="when_day"[^>]* value="([^"]+)"', asked)[0]
    answer = kai.post(f"/memories/{memory_id}/edit", data={"title": "A day", "when": "day", "when_day": day})
    assert answer.status_code == 303
    after = kai.get(f"/memories/{memory_id}").text
    assert said in after and offered(after) == []


def test_the_earliest_of_several_is_offered(client_as: ClientAs, keep: Keep) -> None:
    files = {f"IMG-2022052{day}-WA0004.jpg": jpeg(colour=colour) for day, colour in ((9, "red"), (7, "blue"))}
    page = client_as("kai").get(f"/memories/{keep({**files, 'a.jpg': jpeg()})}").text
    assert offered(page) == ["Friday 27 May 2022"]


def test_nothing_is_offered_where_a_day_is_known_or_none_is_said(client_as: ClientAs, keep: Keep) -> None:
    tomorrow = today() + timedelta(days=1)
    kai = client_as("kai")
    for name, data, columns in (
        ("IMG-20220528-WA0004.jpg", jpeg(), {"happened": "2021", "happened_on": None}),
        ("a.jpg", (REPORTS / "date_epoch.jpg").read_bytes(), {}),
        ("a.jpg", (REPORTS / "date_scandig.jpg").read_bytes(), {}),
        (f"{tomorrow:%Y%m%d}_101112.jpg", jpeg(), {}),
        ("a.jpg", changed_on(f"{tomorrow:%Y:%m:%d} 10:00:00"), {}),
        ("DSC_0001.jpg", jpeg(), {}),
    ):
        assert offered(kai.get(f"/memories/{keep({name: data}, **columns)}").text) == [], name


def test_a_day_that_is_none_in_the_address_is_not_taken(client_as: ClientAs, keep: Keep) -> None:
    kai, memory_id = client_as("kai"), keep({"a.jpg": jpeg()})
    for day in ("2019", "2019-02-30", "<script>", "9" * 3000, "2019-22"):
        answer = kai.get(f"/memories/{memory_id}/edit", params={"day": day})
        assert answer.status_code == 200
        assert re.search(r'value="unknown" checked', answer.text)
    assert client_as("joe").get(f"/memories/{memory_id}/edit?day=2019-07-04").status_code == 403


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("date_iso.jpg", "2019-07-04"),
        ("date_xmponly.jpg", "2018-08-09"),
        ("vd_utc_bst.mp4", "2025-07-01"),
        ("date_epoch.jpg", ""),
        ("date_scandig.jpg", ""),
        ("date_onlymod.jpg", ""),
        ("IMG-20220528-WA0004.jpg", ""),
    ],
)
def test_a_reported_file_is_kept_under_its_day(
    cast: Cast, client_as: ClientAs, run_jobs: RunJobs, name: str, day: str
) -> None:
    sent = {"files": (name, (REPORTS / name).read_bytes(), "application/octet-stream")}
    answer = client_as("kai").post("/add/photo", data={"once": str(new_id()), "when": "taken"}, files=sent)
    assert answer.status_code == 303
    run_jobs()
    with cast.acting("kai") as session:
        place = answer.headers["Location"].removeprefix("/memories/").partition("?")[0]
        assert session.get_one(Memory, UUID(place)).happened == day
