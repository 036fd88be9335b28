"""What an app was let do in a box, and until when."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Field, Session, SQLModel, col, select

from app.boxes.box import Box
from app.boxes.connection import Circle, Connection
from app.kit.clock import now
from app.kit.columns import Moment, created, moment, one_of
from app.kit.ids import new_id
from app.kit.language import gettext
from app.oauth.client import OAuthClient, texts
from app.oauth.scopes import LENGTHS, READ_CIRCLE, Length, ends_at, in_order, may_words, until_words
from app.web.errors import Refused


class OAuthGrant(SQLModel, table=True):
    """One yes. It acts as `circle_id`: it reads what that circle may see, cut down by `scopes`, inside its dates (S5).

    `connection_id` is the app as a giver in this box (a Connection in state "app"); `person_id` is who said yes: whose
    box it is, or a keeper.
    """

    __tablename__ = "oauth_grant"
    __table_args__ = (one_of("length", *LENGTHS),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    box_id: UUID = Field(foreign_key="box.id", index=True)
    client_id: UUID = Field(foreign_key="oauth_client.id", index=True)
    connection_id: UUID = Field(foreign_key="connection.id", index=True)
    circle_id: UUID | None = Field(default=None, foreign_key="circle.id", ondelete="SET NULL", index=True)
    person_id: UUID = Field(foreign_key="person.id", index=True)
    scopes: list[str] = Field(default_factory=list, sa_column=texts())
    length: str = "once"
    created_at: datetime = created()
    ends_at: datetime = created()
    paused_at: Moment = moment()
    stopped_at: Moment = moment()

    @property
    def asks_again(self) -> bool:
        """Let in until it was told to stop, and the year of that yes is over."""
        return self.length == "until" and self.stopped_at is None and self.over

    @property
    def over(self) -> bool:
        """Stopped, or at its end."""
        return self.stopped_at is not None or self.ends_at <= now()

    # Each verb returns what was decided, in one sentence for the ledger, or "" when nothing changed.

    def let_in(self, called: str, circle: str) -> str:
        """Say what this yes is."""
        until = until_words(self.length, self.ends_at)
        what = may_words(self.scopes, circle)
        return gettext("You let %(name)s %(what)s, %(until)s.", name=called, what=what, until=until)

    def change(self, called: str, scopes: list[str], circle: Circle | None, length: Length | None) -> str:
        """Other permissions, another circle, another length (None leaves it). Raises Refused for one that is over."""
        self._not_over(called)
        before = (self.scopes, self.circle_id)
        self.scopes = in_order(scopes)
        self.circle_id = circle.id if circle and READ_CIRCLE in self.scopes else None
        if length is not None:
            self.length, self.ends_at = length, ends_at(length)
        if length is None and before == (self.scopes, self.circle_id):
            return ""
        can = may_words(self.scopes, circle.name if circle else "")
        return gettext(
            "You changed what %(name)s can do. It can %(what)s, %(until)s.",
            name=called,
            what=can,
            until=until_words(self.length, self.ends_at),
        )

    def pause(self, called: str) -> str:
        """Nothing it asks for works until `carry_on`."""
        self._not_over(called)
        if self.paused_at is not None:
            return ""
        self.paused_at = now()
        return gettext("You paused %(name)s.", name=called)

    def carry_on(self, called: str) -> str:
        """It may do again what it could before the pause."""
        self._not_over(called)
        if self.paused_at is None:
            return ""
        self.paused_at = None
        return gettext("You let %(name)s carry on.", name=called)

    def stop(self, called: str) -> str:
        """From its next request on it is out, for good: it would have to ask again."""
        if self.over:
            return ""
        self.stopped_at = now()
        return gettext("You stopped %(name)s.", name=called)

    def _not_over(self, called: str) -> None:
        if self.over:
            raise Refused(gettext("%(name)s is not let in any more. It can ask you again.", name=called))


def app_connection(session: Session, box: Box, client: OAuthClient) -> Connection:
    """The app as a giver in the box, made the first time it is let in; flushed."""
    query = (
        select(Connection)
        .join(OAuthGrant, col(OAuthGrant.connection_id) == Connection.id)
        .where(OAuthGrant.box_id == box.id, OAuthGrant.client_id == client.id)
    )
    known = session.exec(query).first()
    if known is not None:
        return known
    connection = Connection(
        box_id=box.id, called=client.name, about=client.purpose.rstrip("."), state="app", in_touch=False, face="app"
    )
    session.add(connection)
    session.flush()
    return connection


def open_grants(session: Session, box_id: UUID, client_id: UUID) -> list[OAuthGrant]:
    """What this app is let do in the box just now."""
    query = select(OAuthGrant).where(
        OAuthGrant.box_id == box_id, OAuthGrant.client_id == client_id, col(OAuthGrant.stopped_at).is_(None)
    )
    return [grant for grant in session.exec(query) if not grant.over]
