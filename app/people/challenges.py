"""What a browser was asked and has not answered yet: it holds a token, we hold the token's fingerprint."""

from datetime import timedelta

from fastapi import Request
from sqlalchemy import delete
from sqlmodel import Session, col

from app.kit.clock import now
from app.kit.ids import fingerprint, new_token
from app.people.door import presenting
from app.people.sign_in import FOR_ONESELF, Challenge
from app.people.viewer import Viewer

CHALLENGE_TIME = timedelta(minutes=5)


def remember(
    request: Request,
    session: Session,
    purpose: str,
    challenge: bytes,
    *,
    lasting: timedelta = CHALLENGE_TIME,
    shared_device: bool = False,
    next_url: str = "/",
) -> str:
    """Keep a challenge until it is answered or too old. Returns the token by which the browser finds it again."""
    token = new_token()
    viewer: Viewer = request.state.viewer
    with presenting(request, session, token):
        session.add(
            Challenge(
                person_id=viewer.person_id,
                token_print=fingerprint(token),
                purpose=purpose,
                challenge=challenge,
                shared_device=shared_device,
                next_url=next_url,
                expires_at=now() + lasting,
            )
        )
    return token


def take_challenge(
    request: Request, session: Session, purposes: tuple[str, ...], token: str | None
) -> Challenge | None:
    """The challenge behind the token, gone from the table with this: of two answers to it, one is looked at.

    One that someone was asked for themselves is there for them alone. It lasts only if the request ends well: answer a
    failed try, do not raise.
    """
    if not token:
        return None
    viewer: Viewer = request.state.viewer
    take = (
        delete(Challenge)
        .where(
            col(Challenge.token_print) == fingerprint(token),
            col(Challenge.purpose).in_(purposes),
            col(Challenge.expires_at) > now(),
            col(Challenge.purpose).not_in(FOR_ONESELF) | (col(Challenge.person_id) == viewer.person_id),
        )
        .returning(
            col(Challenge.purpose), col(Challenge.challenge), col(Challenge.shared_device), col(Challenge.next_url)
        )
    )
    with presenting(request, session, token):
        row = session.connection().execute(take).mappings().one_or_none()
    return Challenge(**row) if row is not None else None
