"""A person lets an app in."""

from typing import ClassVar, Literal
from uuid import UUID

from pydantic import Field
from sqlmodel import Session, col, select

from app.boxes import ledger, reach
from app.boxes.box import Box
from app.boxes.circles import named_circles
from app.boxes.connection import Circle
from app.kit.clock import now
from app.kit.language import N_, gettext
from app.oauth.client import OAuthClient
from app.oauth.grant import OAuthGrant, app_connection, open_grants
from app.oauth.scopes import LENGTHS, READ_CIRCLE, Length, ends_at, in_order, last_day, term_end
from app.people.viewer import Viewer
from app.web.forms import Form
from app.web.words import day

CHOOSE_ONE = N_("Switch on at least one thing. Or say no thanks.")
CHOOSE_CIRCLE = N_("Choose which circle it counts as.")
_UNTIL = N_("Until %(day)s. Then it stops by itself.")


class LetInForm(Form):
    """What was switched on. `circle` is which one it counts as; `long` is for how long."""

    may: list[str] = Field(default_factory=list)
    circle: UUID | None = None
    long: Literal["once", "term", "year", "until"] | None = None
    messages: ClassVar = {"circle": CHOOSE_CIRCLE}

    def check(self, session: Session, box: Box, asked: list[str]) -> tuple[list[str], Circle | None, dict[str, str]]:
        """The permissions, the circle, and one sentence for each field that is wrong. Nothing that was not asked."""
        scopes = in_order(set(self.may) & set(asked))
        circle = None
        if READ_CIRCLE in scopes:
            query = select(Circle).where(
                Circle.id == self.circle, Circle.box_id == box.id, col(Circle.connection_id).is_(None)
            )
            circle = session.exec(query).first()
            if circle is None:
                return scopes, None, {"circle": gettext(CHOOSE_CIRCLE)}
        return scopes, circle, {} if scopes else {"may": gettext(CHOOSE_ONE)}


def let_in(
    session: Session,
    viewer: Viewer,
    box: Box,
    client: OAuthClient,
    scopes: list[str],
    circle: Circle | None,
    length: Length,
) -> OAuthGrant:
    """Say yes: one grant, in place of what this app was let do in this box before. In the ledger; flushed."""
    assert viewer.person_id is not None
    for before in open_grants(session, box.id, client.id):
        before.stopped_at = now()
    connection = app_connection(session, box, client)
    grant = OAuthGrant(
        box_id=box.id,
        client_id=client.id,
        connection_id=connection.id,
        circle_id=circle.id if circle else None,
        person_id=viewer.person_id,
        scopes=scopes,
        length=length,
        ends_at=ends_at(length),
    )
    session.add(grant)
    session.flush()
    decided(session, viewer, box, grant, "app.let_in", grant.let_in(client.name, circle.name if circle else ""))
    session.flush()
    return grant


def decided(session: Session, viewer: Viewer, box: Box, grant: OAuthGrant, action: str, sentence: str) -> None:
    """Write what was decided about an app into the box's ledger."""
    ledger.decided(session, viewer, box, action=action, subject_id=grant.id, sentence=sentence)


def circle_choices(session: Session, box: Box) -> list[tuple[Circle, int]]:
    """The circles an app can count as, each with how many things it sees today."""
    things = reach.things_by_circle(session, box.id)
    return [(each.circle, things.get(each.circle.id, 0)) for each in named_circles(session, box.id)]


def length_choices() -> list[tuple[Length, str, str]]:
    """For how long: value, words and the small print, shortest first."""
    year = ends_at("year")
    words = {
        "once": (gettext("Just this once"), gettext("For one hour. Then it stops by itself.")),
        "term": (gettext("This term"), gettext(_UNTIL, day=day(term_end()))),
        "year": (gettext("A year"), gettext(_UNTIL, day=day(last_day(year)))),
        "until": (gettext("Until I say stop"), gettext("After a year it has to ask you again.")),
    }
    return [(length, *words[length]) for length in LENGTHS]
