"""Shallow tasks: something is new, and phones say so. Each looks anew at who may know that it is there."""

from datetime import datetime
from uuid import UUID

from procrastinate import RetryStrategy
from sqlalchemy import delete, text, update
from sqlmodel import Session, col, select

from app.kit.clock import now
from app.kit.db import open_session
from app.kit.jobs import blueprint, enqueue, enqueue_at
from app.people import push_post
from app.people.push import PushChoice, PushSubscription
from app.people.viewer import Viewer

_DOOR = Viewer(door="push").claims()
_AGAIN = RetryStrategy(max_attempts=6, exponential_wait=4)  # 4, 16, 64 … seconds: the last after 23 minutes


def something_new(session: Session, kind: str, subject_id: UUID, at: datetime | None = None) -> None:
    """A gift arrived ("arrived"), somebody asks ("asked"), a letter opens ("letter"): tell whoever wants to be told.

    In this transaction, and always, so that nobody can tell by it whether anybody does. `at` is when it became so, by
    default now: a phone that was told since then is not told again.
    """
    enqueue(session, tell, kind=kind, subject_id=str(subject_id), at=(at or now()).isoformat())


@blueprint.task(name="push.tell", queue="push", retry=3)
def tell(kind: str, subject_id: str, at: str) -> None:
    """One job for each person it is for (wall.hears), who wants to be told; when their quiet time is over."""
    with open_session(_DOOR, role="holdfast_worker") as session:
        for person_id in _hear(session, kind, subject_id):
            choice = session.get(PushChoice, person_id)
            if choice is not None and kind in choice.kinds:
                due = choice.awake_at(datetime.fromisoformat(at))
                about = {"kind": kind, "subject_id": subject_id, "person_id": str(person_id), "at": at}
                enqueue_at(session, due, tell_one, **about)


@blueprint.task(name="push.tell_one", queue="push", retry=3)
def tell_one(kind: str, subject_id: str, person_id: str, at: str) -> None:
    """Tell one person's phones, if it is still so and still wanted, and they were not told of anything since `at`."""
    with open_session(_DOOR, role="holdfast_worker") as session:
        query = select(PushChoice).where(PushChoice.person_id == UUID(person_id)).with_for_update()
        choice = session.exec(query).first()
        if choice is None or kind not in choice.kinds or UUID(person_id) not in _hear(session, kind, subject_id):
            return
        if choice.told_at is not None and choice.told_at >= datetime.fromisoformat(at):
            return
        due = choice.awake_at(now())
        if due > now():
            about = {"kind": kind, "subject_id": subject_id, "person_id": person_id, "at": at}
            enqueue_at(session, due, tell_one, **about)
            return
        choice.told_at = now()
        phones = select(PushSubscription.id).where(PushSubscription.person_id == UUID(person_id))
        for subscription_id in session.exec(phones):
            enqueue(session, send, subscription_id=str(subscription_id))


@blueprint.task(name="push.alert", queue="push", retry=3)
def alert(person_id: str) -> None:
    """Tell all of one person's phones at once, in their quiet time too: somebody comes back in as them.

    A phone that may tell them anything tells them this, whatever else they chose. It says no more than ever.
    """
    with open_session(_DOOR, role="holdfast_worker") as session:
        phones = select(PushSubscription.id).where(PushSubscription.person_id == UUID(person_id))
        for subscription_id in session.exec(phones):
            enqueue(session, send, subscription_id=str(subscription_id), at_once=True)


@blueprint.task(name="push.send", queue="push", retry=_AGAIN)
def send(subscription_id: str, at_once: bool = False) -> None:
    """Tell one phone. The wall shows it only while its sign-in is open. `at_once` heeds no quiet time."""
    with open_session(_DOOR, role="holdfast_worker") as session:
        subscription = session.get(PushSubscription, UUID(subscription_id))
        if subscription is None:
            return
        choice = session.get(PushChoice, subscription.person_id)
        if not at_once:
            if choice is None:
                return
            due = choice.awake_at(now())
            if due > now():  # it was to be tried again, and meanwhile it became quiet
                enqueue_at(session, due, send, subscription_id=subscription_id)
                return
    try:
        push_post.post(subscription)
    except push_post.Gone:
        with open_session(_DOOR, role="holdfast_worker") as session:
            session.connection().execute(delete(PushSubscription).where(col(PushSubscription.id) == subscription.id))
    except push_post.NotTaken:
        _failed(subscription)
    except push_post.NotNow:
        _failed(subscription)
        raise


def _failed(subscription: PushSubscription) -> None:
    failed = update(PushSubscription).where(col(PushSubscription.id) == subscription.id).values(failed_at=now())
    with open_session(_DOOR, role="holdfast_worker") as session:
        session.connection().execute(failed)


def _hear(session: Session, kind: str, subject_id: str) -> list[UUID]:
    query = text("select * from wall.hears(:kind, :subject)").bindparams(kind=kind, subject=UUID(subject_id))
    return list(session.connection().execute(query).scalars())
