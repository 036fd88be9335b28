"""Printed codes: the way in when the phone is gone and the mailbox too."""

import secrets
from uuid import UUID

from fastapi import Request
from sqlalchemy import func, text, true, update
from sqlmodel import Session, col, select

from app.kit.clock import now
from app.kit.ids import fingerprint
from app.kit.language import gettext
from app.people import changes
from app.people.door import presenting
from app.people.sign_in import RecoveryCode
from app.web.forms import plain_digits

ALPHABET = (
    "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: five bits a letter, and none that looks like another
)
LENGTH = 24
EARLIER = 16  # on paper in many a drawer
GROUP = 4
COUNT = 10
_ALIKE = str.maketrans("OILU", "011V")


def new_codes(session: Session) -> list[str]:
    """COUNT new codes of 120 bits as "7F3K-…", in the person's own session; every older one stops working.

    The wall refuses it (ProgrammingError) without a proof. Only fingerprints are stored, so this is the one time they
    can be shown.
    """
    changes.begin(session, "codes")
    codes = ["".join(secrets.choice(ALPHABET) for _ in range(LENGTH)) for _ in range(COUNT)]
    prints = {"prints": [fingerprint(code) for code in codes]}
    session.connection().execute(text("select wall.new_codes(cast(:prints as text[]))"), prints)
    return ["-".join(code[at : at + GROUP] for at in range(0, LENGTH, GROUP)) for code in codes]


def codes_left(session: Session, person_id: UUID) -> int:
    """How many of the person's codes are still unused."""
    query = (
        select(func.count())
        .select_from(RecoveryCode)
        .where(RecoveryCode.person_id == person_id, col(RecoveryCode.used_at).is_(None))
    )
    return session.exec(query).one()


def letters_typed(typed: str) -> str:
    """Letters and numbers alone, large, and those of ALPHABET for the ones that look like them."""
    return "".join(letter for letter in plain_digits(typed).upper() if letter.isalnum()).translate(_ALIKE)


def normal_code(typed: str) -> str:
    """The code as it was made, from what was typed: small letters, spaces, O for 0. Raises ValueError for a person."""
    code = letters_typed(typed)
    if len(code) not in (LENGTH, EARLIER) or not set(code) <= set(ALPHABET):
        raise ValueError(gettext("That isn’t a whole code. It has 24 letters and numbers, in six groups."))
    return code


def use_code(request: Request, session: Session, code: str, of: UUID | None = None) -> UUID | None:
    """Use up a code in its normal form and return whose it is, or None. Of two at once, one gets it.

    One of somebody else than `of` is not used up.
    """
    with presenting(request, session, code):
        use = (
            update(RecoveryCode)
            .where(
                col(RecoveryCode.code_print) == fingerprint(code),
                col(RecoveryCode.used_at).is_(None),
                true() if of is None else col(RecoveryCode.person_id) == of,
            )
            .values(used_at=now())
            .returning(col(RecoveryCode.person_id))
        )
        return session.connection().execute(use).scalar_one_or_none()
