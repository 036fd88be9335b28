"""The apps of the world: let in, in every way that counts or does not, with what they gave and what they hold."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from app.boxes.box import Box
from app.boxes.connection import Connection as Tie
from app.boxes.looks import Look
from app.kit.clock import now
from app.kit.ids import new_id
from app.media.media_file import MediaFile, MediaOriginal
from app.media.upload import Upload
from app.memories.memory import Gift, Memory
from app.oauth.client import OAuthClient
from app.oauth.grant import OAuthGrant
from app.oauth.scopes import SCOPES as PERMISSIONS
from app.oauth.token import OAuthRequest, OAuthToken, OAuthUse

if TYPE_CHECKING:
    from tests.wall.builder import Builder

DAY = timedelta(days=1)
_APP: dict[str, Any] = {
    "name": "Portal",
    "publisher": "A school",
    "purpose": "Sends certificates.",
    "privacy_url": "https://portal.example",
    "redirect_uris": ["https://portal.example/back"],
    "scopes": list(PERMISSIONS),
}


def let_apps_in(made: "Builder", box: Box, circles: list[UUID]) -> None:
    """Apps that were let in, in every way that counts or does not; what they gave, and what they hold."""
    client = made.add(OAuthClient(**_APP, client_id="a", client_print="p" + new_id().hex))
    ended = made.add(OAuthClient(**_APP, client_id="a", client_print="p" + new_id().hex, ended_at=now()))
    every = list(PERMISSIONS)
    every_way = (
        (client, every, {}),
        (client, every, {"ends_at": now() + 9 * DAY, "circle_id": circles[1]}),
        (client, ["read:circle"], {}),
        (client, ["read:circle"], {"circle_id": None}),
        (client, ["read:profile"], {}),
        (client, ["add:certificate"], {}),
        (client, ["add:photo", "add:video"], {}),
        (client, every, {"ends_at": now() - DAY}),
        (client, every, {"paused_at": now()}),
        (client, every, {"stopped_at": now()}),
        (ended, every, {}),
    )
    # What a grant is or is not counts alike in each box: one box tells, and the others are there to be kept out of.
    whole = made.whole or len(made.world.rows["box"]) == 1
    for asking, scopes, columns in every_way if whole else every_way[:1]:
        tie = made.add(Tie(box_id=box.id, called="Portal", state="app"))
        given = {
            "circle_id": circles[0],
            "person_id": box.owner_id,
            "length": "year",
            "ends_at": now() + DAY,
            **columns,
        }
        grant = made.add(OAuthGrant(box_id=box.id, client_id=asking.id, connection_id=tie.id, scopes=scopes, **given))
        made.add(OAuthUse(grant_id=grant.id))
        made.add(Look(box_id=box.id, connection_id=tie.id, what="timeline"))
        _held(made, box, grant)
        for state in ("arrived", "kept"):
            _gave(made, box, tie, state)


def _held(made: "Builder", box: Box, grant: OAuthGrant) -> None:
    about = {"grant_id": grant.id, "client_id": grant.client_id, "scopes": grant.scopes}
    later = now() + DAY
    for kind in ("access", "refresh"):
        made.add(OAuthToken(**about, kind=kind, token_print="t" + new_id().hex, expires_at=later))
    for kind, grant_id in (("code", grant.id), ("device", grant.id), ("device", None), ("pushed", None)):
        made.add(
            OAuthRequest(client_id=grant.client_id, kind=kind, request_print="q" + new_id().hex,
                         user_print="u" + new_id().hex, grant_id=grant_id, expires_at=later)
        )  # fmt: skip
    sealed = {"sealed_key": b"x", "sealed_header": b"x", "store_key": new_id().hex}
    made.add(Upload(box_id=box.id, grant_id=grant.id, name="a", length=1, **sealed))


def _gave(made: "Builder", box: Box, tie: Tie, state: str) -> None:
    gift = made.add(Gift(box_id=box.id, connection_id=tie.id, way="app", title="A certificate"))
    memory = made.add(Memory(box_id=box.id, kind="certificate", state=state, connection_id=tie.id, gift_id=gift.id))
    file = made.add(MediaFile(box_id=box.id, memory_id=memory.id, sealed_key=b"x"))
    made.add(MediaOriginal(media_file_id=file.id, box_id=box.id, store_key=new_id().hex, name="a", bytes=1, sha256="x"))
