"""One of everything that a path can name, in Kai's box (his own) and in Ash's (kept together with Joe)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from sqlmodel import Session

from app.arrivals.mail.address import MailSender
from app.arrivals.mail.addresses import make_address
from app.arrivals.mail.message import MailMessage
from app.arrivals.mail.whole import MailText
from app.boxes.box import Box
from app.boxes.connection import Circle, CircleMember, Connection
from app.boxes.invitation import make_invitation, unseal
from app.boxes.recovery import TrustedPerson
from app.kit.clock import now, today
from app.kit.ids import new_id
from app.kit.sealed import new_key, seal_stream
from app.main import ROUTERS
from app.media.file_keys import close_key, rendition_store_key
from app.media.media_file import MediaFile, MediaOriginal
from app.media.store import media_store
from app.media.uploads import start_upload
from app.memories.chapter import Chapter
from app.memories.memory import Gift, Memory, Perspective
from app.oauth.client import registered
from app.oauth.grant import OAuthGrant
from app.people.sign_in import ExternalWay, Passkey, SignIn, WayChange
from app.story.asks import Ask
from tests.cast import Cast, make_cast
from tests.wall.world import administrator

Names = dict[str, str]
PICTURE = b"\xff\xd8\xff\xe0" + bytes(2000)


def routes() -> Iterator[tuple[str, str]]:
    """Every route of the application as (method, path), down through included routers."""
    for router in ROUTERS:
        yield from _routes(router)


def _routes(router: APIRouter, prefix: str = "") -> Iterator[tuple[str, str]]:
    for route in router.routes:
        inner = getattr(route, "original_router", None)
        if inner is not None:
            yield from _routes(inner, prefix + route.include_context.prefix)  # type: ignore[attr-defined]
        else:
            yield from ((method, prefix + route.path) for method in sorted(route.methods))  # type: ignore[attr-defined]


@dataclass
class Places:
    """A cast, and by box ("kai", "ash") the value of each name that stands in a path."""

    cast: Cast
    names: dict[str, Names]


def make_places() -> Places:
    """Joe, Avery (ended), Morgan (blocked) and Sam (whose last day was yesterday) are in what is shared in Kai's box;
    Mrs Patel is let in, and what is shared is not for her. Joe keeps Ash's box together with Ash."""
    cast = make_cast()
    with administrator() as admin, Session(admin, expire_on_commit=False) as session:
        blocked = Connection(box_id=cast.box["kai"], person_id=cast.person["morgan"], called="Morgan", state="blocked")
        session.add(blocked)
        session.flush()
        session.get_one(Connection, cast.connection["sam"]).ends_on = today() - timedelta(days=1)
        audience = [cast.circle[name] for name in ("joe", "sam", "avery")]
        circle = Circle(box_id=cast.box["kai"], name="Morgan", connection_id=blocked.id)
        session.add(circle)
        session.flush()
        names = {
            "kai": _fill(session, cast, "kai", cast.connection["joe"], [*audience, circle.id]),
            "ash": _fill(session, cast, "ash", cast.connection["joe@ash"], []),
        }
        session.commit()
    for owner, upload in (("kai", "kai"), ("ash", "joe")):
        with cast.acting(upload) as acting:
            started = start_upload(acting, cast.viewer(upload), cast.box[owner], "a.jpg", "image/jpeg", 4)
        names[owner]["upload_id"] = str(started.id)
    return Places(cast, names)


def _fill(session: Session, cast: Cast, owner: str, giver: UUID, audience: list[UUID]) -> Names:
    box = session.get_one(Box, cast.box[owner])
    person = cast.person[owner]
    rows: dict[str, Any] = {}

    def add(name: str, row: Any) -> Any:
        session.add(row)
        session.flush()
        rows[name] = row.id
        return row

    about = {"box_id": box.id, "connection_id": giver}
    memory = add(
        "memory_id",
        Memory(box_id=box.id, kind="photo", state="kept", title="A day", added_by=person, audience=audience),
    )
    add(
        "perspective_id",
        Perspective(**about, memory_id=memory.id, person_id=cast.person["joe"], author="Joe", words="I let go."),
    )
    gift = add("gift_id", Gift(**about, way="web", title="First bike ride"))
    add(
        "given_id",
        Memory(
            **about,
            kind="message",
            state="arrived",
            title="First bike ride",
            added_by=cast.person["joe"],
            gift_id=gift.id,
        ),
    )
    add("ask_id", Ask(**about, direction="see", words="Christmas"))
    add("wish_id", Ask(**about, direction="back", gift_id=gift.id))
    add("question_id", Ask(**about, direction="give", words="Anyone?"))
    add("chapter_id", Chapter(box_id=box.id, name="Railway Cottages"))
    friend = add("connection_id", Connection(box_id=box.id, called="A friend", state="known"))
    circle = add("circle_id", Circle(box_id=box.id, name="Chess club"))
    add("member_id", CircleMember(box_id=box.id, circle_id=circle.id, connection_id=friend.id))
    add("sender_id", MailSender(box_id=box.id, connection_id=friend.id, sender="friend@example.org"))
    add(
        "passkey_id",
        Passkey(person_id=person, credential_id=b"x", credential_print=new_id().hex, public_key=b"x", name="Phone"),
    )
    add("way_id", ExternalWay(person_id=person, issuer="x", identity_print=new_id().hex, label="School"))
    add("trusted_id", TrustedPerson(box_id=box.id, connection_id=giver, answer="yes"))
    here = add("sign_in_id", SignIn(person_id=person, token_print=new_id().hex, way="link", device="Phone"))
    later = now() + timedelta(hours=1)  # than that a phone of theirs came in
    change = {"person_id": person, "what": "codes", "sign_in_id": here.id, "at": later}
    add("change_id", WayChange(**change, undo_print=new_id().hex))
    invited = Connection(box_id=box.id, person_id=None, called="Someone new", state="invited")
    session.add(invited)
    session.flush()
    invitation = make_invitation(session, new_id(), box, invited, person, "someone.new@example.org")
    address = make_address(session, cast.viewer(owner), box, friend, "friend@example.org")
    add(
        "knock_id",
        MailMessage(
            box_id=box.id, address_id=address.id, state="knocking", store_key=new_id().hex, sealed_key=b"x", bytes=1
        ),
    )
    session.add(MailText(message_id=rows["knock_id"], box_id=box.id, gift_id=gift.id, words="All of it."))
    media = add(
        "file_id",
        MediaFile(box_id=box.id, memory_id=memory.id, added_by=person, kind="photo", state="ready", sealed_key=b""),
    )
    seal_picture(session, media)
    rows.update(name=media.renditions[0]["name"], box_id=box.id, secret=unseal(invitation).secret, person_id=person)
    rows["grant_id"] = let_in(session, box)
    rows.update(
        icon="tin",
        picture="192.png",
        code="BCDF-GHJK",
        kind="message",
        provider="nonsense",
        token="x" * 43,
        message_id=str(new_id()),
    )
    return {name: str(value) for name, value in rows.items()}


def let_in(session: Session, box: Box) -> UUID:
    """An app that was let in by whose box it is."""
    client, _secret = registered(
        name="Portal", publisher="A school", purpose="Sends things.", privacy_url="https://portal.example/privacy",
        redirect_uris=["https://portal.example/back"], scopes=["add:photo"],
    )  # fmt: skip
    tie = Connection(box_id=box.id, called="Portal", state="app")
    session.add_all([client, tie])
    session.flush()
    grant = OAuthGrant(
        box_id=box.id,
        client_id=client.id,
        connection_id=tie.id,
        person_id=box.owner_id,
        scopes=["add:photo"],
        ends_at=now() + timedelta(days=1),
    )
    session.add(grant)
    session.flush()
    return grant.id


def seal_picture(session: Session, media: MediaFile) -> None:
    key, name = new_key(), "card.webp"
    stored = {each: rendition_store_key(media.id, each) for each in (name, "original")}
    for store_key in stored.values():
        media_store().put(store_key, seal_stream(key, store_key, [PICTURE]))
    copy = {"name": name, "mime": "image/webp", "width": 1, "height": 1, "bytes": len(PICTURE), "key": stored[name]}
    media.renditions, media.sealed_key = [copy], close_key(session, media.box_id, media.id, key)
    session.add(
        MediaOriginal(
            media_file_id=media.id, box_id=media.box_id, store_key=stored["original"], name="a.jpg",
            mime="image/jpeg", bytes=len(PICTURE), sha256="x",
        )
    )  # fmt: skip
    session.flush()
