"""How a person can come in, and the care that the last way is not taken away."""

from dataclasses import dataclass
from uuid import UUID

from sqlmodel import Session, col, select

from app.people.person import Person
from app.people.recovery import codes_left
from app.people.sign_in import Passkey


@dataclass(frozen=True)
class WaysIn:
    """What would open the door for this person next time."""

    passkeys: list[Passkey]
    email: str | None
    codes: int

    @property
    def any(self) -> bool:
        return bool(self.passkeys or self.email or self.codes)

    @property
    def may_lose_a_passkey(self) -> bool:
        return bool(self.email or self.codes or len(self.passkeys) > 1)


def ways_in(session: Session, person_id: UUID, *, hold: bool = False) -> WaysIn:
    """The person's ways in, newest passkey last. `hold` keeps other requests that hold from changing them meanwhile."""
    query = select(Person).where(Person.id == person_id)
    if hold:
        query = query.with_for_update().execution_options(populate_existing=True)
    person = session.exec(query).one()
    passkeys = session.exec(select(Passkey).where(Passkey.person_id == person_id).order_by(col(Passkey.id)))
    return WaysIn(list(passkeys), person.email, codes_left(session, person_id))
