"""Files out: through the wall each time, in ranges, and able to do nothing but be shown."""

from datetime import timedelta
from uuid import UUID

import pytest
from httpx2 import Response
from sqlalchemy import Connection, create_engine, text
from sqlmodel import select

from app.boxes.connection import Connection as Tie
from app.boxes.looks import Look
from app.kit.clock import now
from app.kit.db import admin_url, engine
from app.kit.sealed import new_key, seal_stream
from app.media.file_keys import open_key, rendition_store_key
from app.media.intake import attach
from app.media.media_file import MediaFile, MediaOriginal
from app.media.opening import processing_session
from app.media.store import media_store
from app.memories.memory import Memory
from app.people.door import cookie_name
from app.people.sign_in import SignIn
from tests.cast import Cast
from tests.conftest import ClientAs
from tests.media.tools import MIB, some_bytes

LENGTH = 2 * MIB + 777
VIDEO = some_bytes(LENGTH)
PICTURE = some_bytes(4000, seed=3)
NAME = 'Kai’s "ride"; día 1.mov'


def shared(cast: Cast, audience: tuple[str, ...] = ("joe",), who: str = "kai", **columns: object) -> UUID:
    """A ready video with two clean copies, in a memory that `audience` can see."""
    memory_id = cast.memory(who, box=who, kind="video", audience=audience, **columns)
    with cast.acting(who) as session:
        media_file = attach(
            session,
            box_id=cast.box[who],
            memory_id=memory_id,
            added_by=cast.person[who],
            name=NAME,
            mime="video/quicktime",
            chunks=[VIDEO[::-1]],
        )
    with processing_session() as session:
        row = session.get_one(MediaFile, media_file.id)
        key = open_key(session, row.box_id, row.id, row.sealed_key)
        rows = []
        for name, mime, data in (
            ("phone.mp4", "video/mp4", VIDEO),
            ("poster.jpg", "image/jpeg", PICTURE),
            ("large.jpg", "image/jpeg", PICTURE),
        ):
            store_key = rendition_store_key(row.id, name)
            media_store().put(store_key, seal_stream(key, store_key, [data]))
            rows.append({"name": name, "mime": mime, "width": 1, "height": 1, "bytes": len(data), "key": store_key})
        row.renditions, row.state, row.kind = rows, "ready", "video"
    return media_file.id


def looks(cast: Cast, who: str = "joe", owner: str = "kai") -> list[str]:
    with cast.acting(owner) as session:
        return list(session.exec(select(Look.what).where(Look.person_id == cast.person[who]).order_by(Look.at)))


def same(answers: list[Response]) -> bool:
    """The same answer, byte for byte."""
    return len({(each.status_code, each.content, str(sorted(each.headers.items()))) for each in answers}) == 1


def test_the_audience_sees_the_copies_and_only_the_owner_the_original(cast: Cast, client_as: ClientAs) -> None:
    file_id = shared(cast)
    video, original = f"/media/{file_id}/phone.mp4", f"/media/{file_id}/original"
    assert client_as("kai").get(video).content == client_as("joe").get(video).content == VIDEO
    assert client_as("kai").get(original).content == VIDEO[::-1]
    for who in ("joe", "patel", "avery", "casey"):
        assert client_as(who).get(original).status_code == 404
    with cast.acting("kai") as session:
        session.get_one(Memory, session.get_one(MediaFile, file_id).memory_id).audience = []
    assert client_as("joe").get(video).status_code == 404


def test_a_keeper_gets_the_original_too_while_kept_together(cast: Cast, client_as: ClientAs) -> None:
    file_id = shared(cast, audience=(), who="ash")
    assert client_as("joe").get(f"/media/{file_id}/original").status_code == 200
    private = shared(cast, audience=(), who="ash", only_me=True)
    assert client_as("joe").get(f"/media/{private}/original").status_code == 404


def test_invisible_is_as_if_it_were_not_there(cast: Cast, client_as: ClientAs) -> None:
    file_id = shared(cast)
    for who in ("patel", "avery", "casey"):
        client = client_as(who)
        for ask in (client.get, client.head):
            paths = (
                f"/media/{file_id}/phone.mp4",
                f"/media/{file_id}/none.mp4",
                f"/media/{file_id}/original",
                f"/media/{cast.box['kai']}/phone.mp4",
                "/media/nonsense/phone.mp4",
            )
            answers = [ask(path, headers={"Range": "bytes=100-200"}) for path in paths]
            assert answers[0].status_code == 404 and same([answer for answer in answers if answer.status_code != 405])


@pytest.mark.parametrize("when", ["ended", "until"])
def test_nothing_from_the_next_request_on(cast: Cast, client_as: ClientAs, when: str) -> None:
    file_id = shared(cast)
    joe, path = client_as("joe"), f"/media/{file_id}/phone.mp4"
    first = joe.get(path, headers={"Range": "bytes=0-99"})
    assert first.status_code == 206
    with cast.acting("kai") as session:
        if when == "ended":
            session.get_one(Tie, cast.connection["joe"]).state = "ended"
        else:
            memory = session.get_one(Memory, session.get_one(MediaFile, file_id).memory_id)
            memory.audience_until = memory.created_at.date().replace(year=2020)
    for headers in ({"Range": "bytes=100-"}, {"If-None-Match": first.headers["ETag"]}, {}):
        assert joe.get(path, headers=headers).status_code == 404


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=0-", 0, LENGTH),
        ("bytes=65530-65545", 65530, 65546),
        ("bytes=65536-131071", 65536, 131072),
        (f"bytes=1000000-{LENGTH * 2}", 1000000, LENGTH),
        ("bytes=-1", LENGTH - 1, LENGTH),
        (f"bytes=-{LENGTH * 2}", 0, LENGTH),
        (f"bytes={LENGTH - 1}-", LENGTH - 1, LENGTH),
    ],
)
def test_a_range_is_exactly_that(cast: Cast, client_as: ClientAs, asked: str, start: int, end: int) -> None:
    file_id = shared(cast)
    answer = client_as("joe").get(f"/media/{file_id}/phone.mp4", headers={"Range": asked})
    assert answer.status_code == 206
    assert answer.headers["Content-Range"] == f"bytes {start}-{end - 1}/{LENGTH}"
    assert answer.headers["Content-Length"] == str(end - start)
    assert answer.content == VIDEO[start:end]


@pytest.mark.parametrize("asked", ["bytes=5-2", "bytes=a-b", "bytes=-", "lines=1-2", "bytes=0-1,5-9", "bytes"])
def test_a_range_that_is_none_gets_it_all(cast: Cast, client_as: ClientAs, asked: str) -> None:
    answer = client_as("kai").get(f"/media/{shared(cast)}/phone.mp4", headers={"Range": asked})
    assert (answer.status_code, answer.content) == (200, VIDEO)


@pytest.mark.parametrize("asked", [f"bytes={LENGTH}-", "bytes=-0", f"bytes={10**17}-"])
def test_a_range_outside_is_said_to_be_so(cast: Cast, client_as: ClientAs, asked: str) -> None:
    answer = client_as("kai").get(f"/media/{shared(cast)}/phone.mp4", headers={"Range": asked})
    assert (answer.status_code, answer.headers["Content-Range"]) == (416, f"bytes */{LENGTH}")


def test_validators(cast: Cast, client_as: ClientAs) -> None:
    kai, path = client_as("kai"), f"/media/{shared(cast)}/phone.mp4"
    tag = kai.get(path, headers={"Range": "bytes=0-1"}).headers["ETag"]
    assert kai.get(path, headers={"If-None-Match": f'"x", {tag}'}).status_code == 304
    assert kai.get(path, headers={"If-None-Match": '"x"', "Range": "bytes=0-1"}).status_code == 206
    assert kai.get(path, headers={"If-Range": tag, "Range": "bytes=0-1"}).status_code == 206
    for stale in ('"old"', "Sat, 21 Nov 2026 10:00:00 GMT"):
        assert kai.get(path, headers={"If-Range": stale, "Range": "bytes=0-1"}).content == VIDEO
    head = kai.head(path, headers={"Range": "bytes=0-1"})
    assert (head.status_code, head.headers["Content-Length"], head.content) == (200, str(LENGTH), b"")


def test_a_file_can_do_nothing_but_be_shown(cast: Cast, client_as: ClientAs) -> None:
    file_id = shared(cast)
    for name in ("phone.mp4", "poster.jpg", "original"):
        answer = client_as("kai").get(f"/media/{file_id}/{name}", headers={"Accept-Encoding": "gzip"})
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "private, no-cache"
        assert answer.headers.get("Content-Encoding") != "gzip"
        inline = answer.headers["Content-Disposition"] == "inline"
        assert inline == (name != "original")
    saved = client_as("kai").get(f"/media/{file_id}/original").headers["Content-Disposition"]
    assert saved == (
        'attachment; filename="Kais _ride__ dia 1.mov"; '
        "filename*=UTF-8''Kai%E2%80%99s%20%22ride%22%3B%20d%C3%ADa%201.mov"
    )


@pytest.mark.parametrize("name", ["phone.mp4", "poster.jpg", "original"])
def test_a_phone_that_is_not_theirs_keeps_no_picture_and_no_film(cast: Cast, client_as: ClientAs, name: str) -> None:
    phone, path = client_as(None), f"/media/{shared(cast)}/{name}"
    for not_theirs, kept in ((True, "no-store"), (False, "private, no-cache")):
        phone.cookies.set(cookie_name(), cast.sign_in("kai", shared_device=not_theirs))
        whole = phone.get(path)
        again = {"If-None-Match": whole.headers["ETag"]}
        answers = [
            whole,
            phone.head(path),
            phone.get(path, headers={"Range": "bytes=0-9"}),
            phone.get(path, headers=again),
        ]
        assert [each.status_code for each in answers] == [200, 200, 206, 304]
        assert {each.headers["Cache-Control"] for each in answers} == {kept}


def test_what_is_damaged_or_changed_places_answers_as_what_is_missing(cast: Cast, client_as: ClientAs) -> None:
    file_id, kai = shared(cast), client_as("kai")
    with cast.acting("kai") as session:
        row = session.get_one(MediaFile, file_id)
        keys = {each["name"]: each["key"] for each in row.renditions}
        keys["original"] = session.get_one(MediaOriginal, file_id).store_key
    store = media_store()
    held = {name: store.read(key, 0, store.size(key)) for name, key in keys.items()}
    bent = {name: data[:200] + bytes([data[200] ^ 1]) + data[201:] for name, data in held.items()}
    swapped = {"poster.jpg": held["large.jpg"], "phone.mp4": held["original"], "original": held["phone.mp4"]}
    for name in ("phone.mp4", "poster.jpg", "original"):
        answers = []
        for data in (None, bent[name], swapped[name], held[name][:300]):
            store.delete(keys[name])
            if data is not None:
                store.put(keys[name], [data])
            asked = [{}, {"Range": "bytes=0-9"}]
            answers += [kai.get(f"/media/{file_id}/{name}", headers=headers) for headers in asked]
        assert {each.status_code for each in answers} == {503} and same(answers), name


def test_an_opening_is_one_look(cast: Cast, client_as: ClientAs) -> None:
    file_id = shared(cast)
    joe, path = client_as("joe"), f"/media/{file_id}/phone.mp4"
    joe.head(path)
    assert joe.get(path, headers={"Range": f"bytes={LENGTH}-"}).status_code == 416
    assert looks(cast) == []
    for asked in ("bytes=0-1", "bytes=0-", "bytes=700-900", "bytes=500000-", "bytes=-500"):
        assert joe.get(path, headers={"Range": asked}).status_code == 206
    tag = joe.head(path).headers["ETag"]
    assert joe.get(path, headers={"If-None-Match": tag}).status_code == 304
    assert looks(cast) == ["watched"]
    client_as("kai").get(path)
    assert looks(cast, "kai") == []


FIRST_BYTES = [
    "",
    "bytes=1-",
    "bytes=-999999999",
    "bytes=-1",
    "bytes=00-",
    "bytes=1048577-1048578",
    "bytes=0-0,5-9",
    "lines=1-2",
]


@pytest.mark.parametrize("asked", FIRST_BYTES)
def test_whichever_byte_of_a_film_is_sent_first_is_a_look(cast: Cast, client_as: ClientAs, asked: str) -> None:
    path = f"/media/{shared(cast)}/phone.mp4"
    assert client_as("joe").get(path, headers={"Range": asked} if asked else {}).content
    assert looks(cast) == ["watched"]


@pytest.mark.parametrize("asked", FIRST_BYTES)
def test_whichever_byte_of_an_original_is_sent_first_is_a_look(cast: Cast, client_as: ClientAs, asked: str) -> None:
    path = f"/media/{shared(cast, audience=(), who='ash')}/original"
    assert client_as("joe").get(path, headers={"Range": asked} if asked else {}).content
    assert looks(cast, owner="ash") == ["original"]


def test_a_picture_that_is_asked_for_by_its_address_is_a_look(cast: Cast, client_as: ClientAs) -> None:
    joe, path = client_as("joe"), f"/media/{shared(cast)}/poster.jpg"
    assert joe.get(path, headers={"Range": "bytes=7-9"}).content == PICTURE[7:10]
    joe.get(path)
    assert looks(cast) == ["memory"]


def test_what_a_page_shows_is_the_look_at_that_page(cast: Cast, client_as: ClientAs) -> None:
    file_id = shared(cast)
    joe = client_as("joe")
    joe.get(f"/boxes/{cast.box['kai']}")
    joe.get(f"/media/{file_id}/poster.jpg")
    assert looks(cast) == ["timeline"]
    joe.get(f"/media/{file_id}/large.jpg")  # no card shows it
    assert looks(cast) == ["timeline", "memory"]
    joe.get(f"/media/{file_id}/poster.jpg")
    assert looks(cast) == ["timeline", "memory"]


def test_an_older_page_alone_is_a_look_at_the_box(cast: Cast, client_as: ClientAs) -> None:
    joe, here = client_as("joe"), f"/boxes/{cast.box['kai']}"
    for _ in range(2):
        assert joe.get(here, params={"before": "2020-01-01"}).status_code == 200
    assert looks(cast) == ["timeline"]


INSIDES = ["body", "words.vtt", "edit", "audience", ""]


@pytest.mark.parametrize("part", INSIDES)
def test_whatever_shows_what_is_in_a_memory_is_a_look_at_it(cast: Cast, client_as: ClientAs, part: str) -> None:
    memory_id = cast.memory("ash", box="ash", kind="video", audience=())
    joe, here = client_as("joe"), f"/memories/{memory_id}"
    joe.get(f"/boxes/{cast.box['ash']}")
    for _ in range(2 if part else 1):
        assert joe.get(f"{here}/{part}" if part else here).status_code == 200
    assert looks(cast, owner="ash") == ["timeline", "memory"]
    client_as("ash").get(f"{here}/{part}" if part else here)
    assert looks(cast, "ash", owner="ash") == []


def test_a_page_shown_again_for_its_faults_is_a_look(cast: Cast, client_as: ClientAs) -> None:
    memory_id = cast.memory(audience=("joe",))
    assert client_as("joe").post(f"/memories/{memory_id}/perspectives", data={"words": ""}).status_code == 422
    assert looks(cast) == ["memory"]


def test_a_look_of_somebody_else_or_of_long_ago_stands_for_nobody(
    cast: Cast, client_as: ClientAs, admin: Connection
) -> None:
    file_id = shared(cast, audience=("joe", "sam"))
    memory_id = str(admin.execute(text("select memory_id from media_file where id = :id"), {"id": file_id}).scalar())
    client_as("sam").get(f"/memories/{memory_id}")
    client_as("joe").get(f"/media/{file_id}/poster.jpg")
    assert looks(cast) == ["memory"]
    admin.execute(text("update look set at = at - interval '31 minutes', id = gen_random_uuid()"))
    client_as("joe").get(f"/memories/{memory_id}/body")
    assert looks(cast) == ["memory", "memory"]


def test_a_keepers_copy_of_the_original_is_a_look(cast: Cast, client_as: ClientAs) -> None:
    file_id = shared(cast, audience=(), who="ash")
    client_as("joe").get(f"/media/{file_id}/original")
    with cast.acting("ash") as session:
        [look] = session.exec(select(Look).where(Look.person_id == cast.person["joe"])).all()
        assert (look.what, look.memory_id) == ("original", session.get_one(MediaFile, file_id).memory_id)


def test_after_signing_out_not_one_part_more(cast: Cast, client_as: ClientAs, admin: Connection) -> None:
    path = f"/media/{shared(cast)}/phone.mp4"
    joe = client_as("joe")
    tag = joe.get(path, headers={"Range": "bytes=0-99"}).headers["ETag"]
    admin.execute(text("update sign_in set ended_at = now() where person_id = :joe"), {"joe": cast.person["joe"]})
    for headers in ({"Range": "bytes=100-199"}, {"If-None-Match": tag}, {}):
        answer = joe.get(path, headers=headers)
        assert answer.status_code == 303 and answer.headers["Location"].startswith("/sign-in")


def test_looking_at_pictures_keeps_a_sign_in_going(cast: Cast, client_as: ClientAs, admin: Connection) -> None:
    path, joe = f"/media/{shared(cast)}/poster.jpg", client_as("joe")
    earlier = "update sign_in set last_seen_at = now() - interval '1 hour' where person_id = :joe"
    admin.execute(text(earlier), {"joe": cast.person["joe"]})
    assert joe.get(path).content == PICTURE
    with cast.acting("joe") as session:
        assert now() - session.exec(select(SignIn)).one().last_seen_at < timedelta(minutes=1)


def test_the_database_may_have_been_away(cast: Cast, client_as: ClientAs) -> None:
    path, joe = f"/media/{shared(cast)}/poster.jpg", client_as("joe")
    assert joe.get(path).content == PICTURE
    administrator = create_engine(admin_url())
    with administrator.begin() as connection:
        ended = text("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'holdfast_web'")
        assert connection.execute(ended).all()
    administrator.dispose()
    engine("holdfast_web").dispose()  # what the test itself asks with
    assert joe.get(path).content == PICTURE


def test_a_file_whose_bytes_were_changed_is_not_shown(cast: Cast, client_as: ClientAs) -> None:
    file_id = shared(cast)
    store_key = rendition_store_key(file_id, "phone.mp4")
    whole = bytearray(media_store().read(store_key, 0, LENGTH * 2))
    whole[-1] ^= 1
    media_store().put(store_key, [bytes(whole)])
    path, joe = f"/media/{file_id}/phone.mp4", client_as("joe")
    assert joe.get(path, headers={"Range": "bytes=0-99"}).content == VIDEO[:100]
    assert joe.get(path, headers={"Range": "bytes=-100"}).status_code == 503


def test_whoever_is_not_signed_in_learns_nothing(cast: Cast, client_as: ClientAs) -> None:
    stranger = client_as(None)
    real = stranger.get(f"/media/{shared(cast)}/phone.mp4")
    assert real.status_code == 303 and real.headers["Location"].startswith("/sign-in")
    assert stranger.get(f"/media/{new_key().hex()}/phone.mp4").status_code == 303
