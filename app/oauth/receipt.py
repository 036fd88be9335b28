"""A consent receipt: who was let do what, by whom, from when until when, and what was decided since."""

from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from app.boxes.box import Box
from app.boxes.connection import Circle, Connection
from app.boxes.ledger import LedgerRow
from app.kit.clock import HOME_ZONE, now
from app.kit.language import N_, gettext
from app.oauth.client import OAuthClient
from app.oauth.grant import OAuthGrant
from app.oauth.scopes import in_order, may_words, until_words
from app.web.words import day_with_year

NEVER = (
    N_("See anything that is not shared with that circle"),
    N_("Change or throw away anything in your box"),
    N_("See where you walk, or who your people are"),
    N_("Read your letters"),
)


def let_in_by(session: Session, box: Box, grant: OAuthGrant) -> str:
    """Who said yes, as this box calls them: its own name for the young person, else a keeper's."""
    if grant.person_id == box.owner_id:
        return box.name
    query = select(Connection.called).where(Connection.box_id == box.id, Connection.person_id == grant.person_id)
    return session.exec(query).first() or gettext("Someone who looked after it with you")


def receipt_of(session: Session, box: Box, grant: OAuthGrant, app: OAuthClient) -> dict[str, Any]:
    """The receipt as plain JSON. Times are ISO 8601 with their zone."""
    circle = session.get(Circle, grant.circle_id) if grant.circle_id else None
    rows = session.exec(
        select(LedgerRow)
        .where(LedgerRow.box_id == box.id, LedgerRow.subject_id == grant.id, col(LedgerRow.action).startswith("app."))
        .order_by(col(LedgerRow.number))
    )
    stopped = grant.stopped_at or (grant.ends_at if grant.over else None)
    return {
        "receipt": str(grant.id),
        "made_at": now().isoformat(),
        "box": box.name,
        "said_yes": let_in_by(session, box, grant),
        "app": {
            "name": app.name,
            "publisher": app.publisher,
            "purpose": app.purpose,
            "privacy": app.privacy_url,
            "client_id": app.client_id,
        },
        "can": in_order(grant.scopes),
        "circle": circle.name if circle else None,
        "can_in_words": may_words(grant.scopes, circle.name if circle else ""),
        "can_never": [gettext(line) for line in NEVER],
        "from": grant.created_at.isoformat(),
        "until": grant.ends_at.isoformat(),
        "until_in_words": until_words(grant.length, grant.ends_at),
        "paused_at": grant.paused_at.isoformat() if grant.paused_at else None,
        "stopped_at": stopped.isoformat() if stopped else None,
        "decisions": [{"number": row.number, "at": row.at.isoformat(), "sentence": row.sentence} for row in rows],
    }


def in_words(said: dict[str, Any]) -> str:
    """The same as a page of plain text."""
    app = said["app"]
    made_by = gettext("%(app)s is made by %(name)s.", app=app["name"], name=app["publisher"])
    lines = [
        gettext("%(app)s and %(name)s’s box", app=app["name"], name=said["box"]),
        "",
        f"{made_by} {app['purpose']}",
        gettext("How it looks after what it knows: %(address)s", address=app["privacy"]),
        "",
        gettext(
            "%(name)s said yes. It can %(what)s, %(until)s.",
            name=said["said_yes"],
            what=said["can_in_words"],
            until=said["until_in_words"],
        ),
        *([gettext("It is paused.")] if said["paused_at"] else []),
        *([gettext("It was stopped. It can’t do anything now.")] if said["stopped_at"] else []),
        "",
        gettext("What it can never do:"),
        *(f"- {line}" for line in said["can_never"]),
        "",
        gettext("What was decided:"),
        *(
            "- " + gettext("%(day)s: %(sentence)s", day=_day(row["at"]), sentence=row["sentence"])
            for row in said["decisions"]
        ),
        "",
        gettext("Receipt %(number)s", number=said["receipt"]),
    ]
    return "\n".join(lines) + "\n"


def _day(at: str) -> str:
    return day_with_year(datetime.fromisoformat(at).astimezone(HOME_ZONE).date())
