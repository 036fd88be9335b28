"""A message that came through the mail door."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from app.kit.clock import HOME_ZONE, now
from app.kit.columns import Moment, created, moment, one_of
from app.kit.ids import new_id

KNOCK_DAYS = 30
TOO_MANY = "many"
FLOOD = "flood"


class MailMessage(SQLModel, table=True):
    """The raw message is sealed in the store; the row holds only what a knock shows.

    `state`: received (sealed, waiting for the sender check), delivered (in the tray), knocking (held unopened: we do
    not know the sender), turned_away (can knock again for KNOCK_DAYS days), returned (to be erased).
    `let_in_as` is who the box says a knocker is: the message is then opened without proof. `gift_id` and `items` say
    what it became. `logos` are prints of large pictures under the writer's name. `checks` holds {proven, from, spf,
    dkim, dmarc, arc, why, automatic}.
    """

    __tablename__ = "mail_message"
    __table_args__ = (
        one_of("state", "received", "delivered", "knocking", "turned_away", "returned"),
        # The same message twice is one: the second finds this in its way.
        Index(
            "uq_mail_message_content",
            "address_id",
            "content_print",
            unique=True,
            postgresql_where=text("content_print <> ''"),
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    box_id: UUID = Field(foreign_key="box.id", index=True)
    address_id: UUID = Field(foreign_key="mail_address.id", index=True)
    state: str = Field(default="received", index=True)
    peer: str = ""
    helo: str = ""
    envelope_from: str = ""
    claimed_name: str = ""
    logos: list[str] = Field(default_factory=list, sa_type=JSONB, nullable=False)
    checks: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB)
    content_print: str = ""
    store_key: str
    sealed_key: bytes
    bytes: int = Field(sa_type=BigInteger)
    let_in_as: UUID | None = Field(default=None, foreign_key="connection.id")
    gift_id: UUID | None = Field(default=None, foreign_key="gift.id", index=True)
    items: int = 0
    received_at: datetime = created()
    decided_at: Moment = moment()
    thanked_at: Moment = moment()

    @property
    def proven(self) -> bool:
        """Whether the sender check showed that it comes from the address it says."""
        return bool(self.checks.get("proven"))

    @property
    def sender(self) -> str:
        """The address it says it comes from, "" when it names none or several."""
        return str(self.checks.get("from", ""))

    @property
    def is_too_many(self) -> bool:
        """Whether it knocks only because somebody known sent far more than usual."""
        return self.checks.get("why") == TOO_MANY

    @property
    def goes_back_on(self) -> date:
        """The day a knock that nobody answers is erased."""
        return (self.received_at.astimezone(HOME_ZONE) + timedelta(days=KNOCK_DAYS)).date()

    def knock(self) -> None:
        """received -> knocking."""
        self.state = "knocking"

    def turn_away(self) -> None:
        """received -> turned_away, by nobody."""
        self.state, self.checks, self.decided_at = "turned_away", {**self.checks, "why": FLOOD}, now()

    def deliver(self, gift_id: UUID, items: int) -> None:
        """received -> delivered, as this gift of so many memories."""
        self.state, self.gift_id, self.items, self.decided_at = "delivered", gift_id, items, now()
