"""Whether a sender is known to a box, kept out of it, or sending far more than usual."""

from datetime import timedelta

from sqlalchemy import func, text
from sqlmodel import Session, col, select

from app.arrivals.mail.address import MailAddress, MailSender
from app.arrivals.mail.message import FLOOD, MailMessage
from app.boxes.connection import Connection
from app.kit.clock import now, today
from app.kit.config import settings
from app.kit.language import N_, gettext

TIMES_THE_BUSIEST = 3
MONTH = timedelta(days=31)
DAY = timedelta(days=1)
UNPROVEN_A_DAY = 20
KEPT_OUT = N_("An email came from %(who)s, who may not knock any more. It was not let in.")


def who_from(session: Session, message: MailMessage) -> Connection | None:
    """Whose gift it is; None when it has to knock. Consent is asked again here: it may have changed since SMTP."""
    if message.let_in_as is not None:
        return session.get(Connection, message.let_in_as)
    if not message.proven:
        return None
    connection = known_as(session, message)
    return connection if connection is not None and _may_send(connection) else None


def known_as(session: Session, message: MailMessage) -> Connection | None:
    """Whom the box knows by the address that this message says it is from."""
    address = session.get_one(MailAddress, message.address_id)
    if message.sender == address.sender and address.revoked_at is None:
        return session.get(Connection, address.connection_id)
    query = (
        select(Connection)
        .join(MailSender, col(MailSender.connection_id) == Connection.id)
        .where(
            MailSender.box_id == message.box_id,
            MailSender.sender == message.sender,
            col(MailSender.ended_at).is_(None),
        )
    )
    return session.exec(query).first()


def _may_send(connection: Connection) -> bool:
    begun = connection.starts_on is None or connection.starts_on <= today()
    over = connection.ends_on is not None and connection.ends_on < today()
    return connection.state in ("known", "invited", "active") and connection.may_add and begun and not over


def never(session: Session, message: MailMessage) -> MailSender | None:
    """What keeps this message's sender from knocking, if anything does."""
    query = select(MailSender).where(
        MailSender.box_id == message.box_id,
        MailSender.sender == message.sender,
        MailSender.answer == "never",
        col(MailSender.ended_at).is_(None),
    )
    found = session.exec(query).all()
    return next((each for each in found if each.proven or not message.proven), None)


def is_kept_out(session: Session, message: MailMessage) -> bool:
    """Whether it may not even knock. That it came is in the ledger, once a day for each sender."""
    said = never(session, message)
    if said is None:
        return False
    sentence = gettext(KEPT_OUT, who=gettext("“%(name)s”", name=said.name) if said.name else gettext("someone"))
    session.connection().execute(
        text("select wall.kept_out(:said, :sentence)"), {"said": said.id, "sentence": sentence}
    )
    return True


def far_more_than_usual(session: Session, message: MailMessage) -> bool:
    """Whether someone we know sends more in a day than MAIL_A_DAY, and than three times their busiest day of the month.

    A day is the 24 hours before now. What the box let in by hand is not held against anybody.
    """
    if message.let_in_as is not None:
        return False
    connection = session.connection()
    connection.execute(
        text("select pg_advisory_xact_lock(hashtextextended(:what, 0))"),
        {"what": f"mail of {message.box_id} {message.sender}"},
    )
    query = text(
        "select floor(extract(epoch from :now - received_at) / 86400)::int as days_ago, count(*) as sent"
        " from mail_message where box_id = :box and state = 'delivered' and let_in_as is null"
        " and checks ->> 'from' = :sender and received_at > :since group by days_ago"
    )
    about = {"now": now(), "box": message.box_id, "sender": message.sender, "since": now() - MONTH}
    counts = {row.days_ago: row.sent for row in connection.execute(query, about)}
    busiest = max((sent for days_ago, sent in counts.items() if days_ago > 0), default=0)
    return bool(counts.get(0, 0) >= max(settings().mail_a_day, TIMES_THE_BUSIEST * busiest))


def too_many_strangers(session: Session, message: MailMessage) -> bool:
    """Whether nobody proved who sent this, and UNPROVEN_A_DAY like it knocked at this box in the 24 hours before now.

    Whoever wants to bury a knock under others would otherwise only have to write more.
    """
    if message.proven:
        return False
    lock = text("select pg_advisory_xact_lock(hashtextextended(:what, 0))")
    session.connection().execute(lock, {"what": f"strangers of {message.box_id}"})
    query = select(func.count()).where(
        MailMessage.box_id == message.box_id,
        MailMessage.id != message.id,
        col(MailMessage.state).in_(("knocking", "turned_away", "returned")),
        col(MailMessage.checks)["proven"].astext != "true",
        col(MailMessage.checks)["why"].astext != FLOOD,
        col(MailMessage.received_at) > now() - DAY,
    )
    return session.exec(query).one() >= UNPROVEN_A_DAY
