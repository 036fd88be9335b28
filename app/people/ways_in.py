"""How a person can come in, and the care that the last way is not taken away."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session, col, select

from app.kit.language import N_
from app.people.person import Person
from app.people.recovery import codes_left
from app.people.sign_in import ExternalWay, Passkey

LAST_WAY = N_(
    "That’s the only way you can come in. We kept it, so that nothing gets lost. Add your email or print codes first."
)


@dataclass(frozen=True)
class WaysIn:
    """What would open the door for this person next time."""

    passkeys: list[Passkey]
    email: str | None
    codes: int
    external: list[ExternalWay]

    @property
    def own(self) -> bool:
        """Whether there is one that depends on no other company."""
        return bool(self.passkeys or self.email or self.codes)

    @property
    def any(self) -> bool:
        return self.own or bool(self.external)

    @property
    def may_lose_a_passkey(self) -> bool:
        """An account elsewhere does not count: a box never comes to depend on one."""
        return bool(self.email or self.codes or len(self.passkeys) > 1)

    @property
    def may_lose_an_external_way(self) -> bool:
        return self.own or len(self.external) > 1


def ways_in(session: Session, person_id: UUID, *, hold: bool = False) -> WaysIn:
    """The person's ways in, newest passkey last. `hold` keeps other requests that hold from changing them meanwhile."""
    query = select(Person).where(Person.id == person_id)
    if hold:
        query = query.with_for_update().execution_options(populate_existing=True)
    person = session.exec(query).one()
    passkeys = session.exec(select(Passkey).where(Passkey.person_id == person_id).order_by(col(Passkey.id)))
    external = session.exec(select(ExternalWay).where(ExternalWay.person_id == person_id).order_by(col(ExternalWay.id)))
    return WaysIn(list(passkeys), person.email, codes_left(session, person_id), list(external))


def end_way(session: Session, way_id: UUID) -> None:
    """A passkey or an account elsewhere opens the door no more, inside a change that has begun (changes.begin)."""
    session.connection().execute(text("select wall.end_way(:way)"), {"way": way_id})
