"""The operators' ledger: what whoever runs the house did to somebody's ways in. They read it; nobody changes it."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Field, Session, SQLModel, col, select

from app.kit.columns import created, one_of
from app.kit.ids import new_id
from app.kit.language import N_

SAID = {
    "lock": N_("The people who run this place locked it. Nobody could come in."),
    "unlock": N_("The people who run this place unlocked it."),
    "sign-out": N_("The people who run this place locked out the phones."),
}


class OperatorAct(SQLModel, table=True):
    """One act: which (a key of SAID), when, by which account of the machine, and why. No person: for everybody."""

    __tablename__ = "operator_act"
    __table_args__ = (one_of("act", *SAID),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    person_id: UUID | None = Field(default=None, foreign_key="person.id", index=True)
    act: str
    by: str
    why: str = ""
    at: datetime = created()


def done_to(session: Session, since: datetime) -> list[OperatorAct]:
    """What was done to whoever is signed in, newest first; to everybody, since they came here."""
    query = select(OperatorAct).where(col(OperatorAct.at) >= since).order_by(col(OperatorAct.at).desc())
    return list(session.exec(query))
