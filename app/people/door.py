"""From a request to a session that acts as the person who sent it."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, NamedTuple
from urllib.parse import quote
from uuid import UUID

from anyio import CapacityLimiter, to_thread
from anyio.lowlevel import RunVar
from fastapi import Depends, Request
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, select

from app.kit import db, noticed
from app.kit.clock import now
from app.kit.config import settings
from app.people.person import Person
from app.people.sign_in import SignIn
from app.people.viewer import Viewer
from app.web import pages
from app.web.cookies import own_name

SEEN_AGAIN = timedelta(minutes=5)
_limiter: RunVar[CapacityLimiter] = RunVar("threads that wait for a connection")


class SignInFirst(Exception):
    """The page needs someone to be signed in. `next_url` is where they were going."""

    def __init__(self, next_url: str) -> None:
        self.next_url = next_url


class OpenSignIn(NamedTuple):
    """The sign-in that a request came with, as wall.come_in() says it."""

    id: UUID
    person_id: UUID
    way: str
    shared_device: bool
    last_seen_at: datetime


def cookie_name() -> str:
    """The cookie of a sign-in."""
    return own_name("holdfast")


def get_session(request: Request) -> Iterator[Session]:
    """One request, one transaction: committed before the answer leaves (use with `scope="function"`)."""
    token = request.cookies.get(cookie_name())
    # Whoever presents a cookie gets the claims of its sign-in, or nobody's, in the statement that looks for it.
    claims = None if token else Viewer().claims()
    with Session(db.engine("holdfast_web"), info={"claims": claims}, expire_on_commit=False) as session:
        sign_in = _come_in(session, token) if token else None
        viewer = Viewer(sign_in.person_id, sign_in_id=sign_in.id) if sign_in else Viewer()
        session.info["claims"] = viewer.claims()
        if sign_in is not None:
            _seen(session, sign_in)
            request.state.sign_in = sign_in
        request.state.viewer = viewer
        request.state.session = session
        noticed.here_is(viewer.person_id)
        yield session
        session.commit()
        noticed.kept(session)


def note_seen(request: Request) -> None:
    """Note that the sign-in of a request was used, which get_session does by the way."""
    with contextmanager(get_session)(request):
        pass


_COME_IN = "select * from wall.come_in(%(secret)s)"


def _come_in(session: Session, token: str) -> OpenSignIn | None:
    presented = {"secret": Viewer(secret=token).claims()["app.secret"]}
    try:
        found = session.connection().exec_driver_sql(_COME_IN, presented).first()
    except OperationalError as error:
        if not error.connection_invalidated:
            raise
        session.rollback()  # the database went away meanwhile, and nothing was asked of it yet
        found = session.connection().exec_driver_sql(_COME_IN, presented).first()
    return OpenSignIn(*found) if found else None


def lasts_until(shared_device: bool) -> datetime:
    """When a sign-in that is used now ends by itself: each time it is seen, it starts to count again.

    However much it is used, the wall ends it 180 days after it began, 12 hours on a shared device (wall.come_in).
    """
    chosen = settings()
    return now() + (
        timedelta(minutes=chosen.shared_session_minutes) if shared_device else timedelta(days=chosen.session_days)
    )


def _seen(session: Session, seen: OpenSignIn) -> None:
    """Note now and then that it was used. A row that another request holds, perhaps for an upload, is left alone."""
    if now() - seen.last_seen_at <= SEEN_AGAIN:
        return
    free = select(SignIn).where(SignIn.id == seen.id).with_for_update(skip_locked=True)
    sign_in = session.exec(free).first()
    if sign_in is not None:
        sign_in.last_seen_at = now()
        sign_in.expires_at = lasts_until(sign_in.shared_device)


@contextmanager
def presenting(request: Request, session: Session, secret: str | bytes) -> Iterator[None]:
    """Inside, the request's viewer also shows this secret: the wall opens the row that holds its fingerprint."""
    viewer: Viewer = request.state.viewer
    db.become(session, replace(viewer, secret=secret).claims())
    yield
    db.become(session, viewer.claims())


async def hold_session(request: Request) -> AsyncIterator[Session]:
    """As `get_session`, begun in threads for those that wait for a connection: whoever has one never waits for them.

    In the threads of all handlers they could take every one, and nobody would come to give a connection back.
    """
    held, ending = contextmanager(get_session)(request), CapacityLimiter(1)
    session = await to_thread.run_sync(held.__enter__, limiter=_waiting_for_a_connection())
    try:
        yield session
    except Exception as error:
        await to_thread.run_sync(held.__exit__, type(error), error, error.__traceback__, limiter=ending)
        raise
    await to_thread.run_sync(held.__exit__, None, None, None, limiter=ending)


def _waiting_for_a_connection() -> CapacityLimiter:
    """Of this event loop: as many threads as there are connections."""
    try:
        return _limiter.get()
    except LookupError:
        _limiter.set(CapacityLimiter(db.CONNECTIONS))
        return _limiter.get()


ViewerSession = Annotated[Session, Depends(hold_session, scope="function")]


async def get_viewer(request: Request, session: ViewerSession) -> Viewer:
    """The signed-in viewer. Raises SignInFirst."""
    return _signed_in(request)


def _signed_in(request: Request) -> Viewer:
    viewer: Viewer = request.state.viewer
    if viewer.person_id is None:
        raise sign_in_first(request)
    return viewer


def sign_in_first(request: Request) -> SignInFirst:
    """What to raise for a request of nobody."""
    return SignInFirst(quote(request.url.path if request.method == "GET" else "/"))


CurrentViewer = Annotated[Viewer, Depends(get_viewer)]


@pages.add_context
def phone_context(request: Request) -> dict[str, str]:
    """`phone`: "mine" or "shared" where somebody is signed in, by what they said of it; "nobody"; or "", not asked."""
    if not hasattr(request.state, "viewer"):
        return {"phone": ""}
    sign_in: OpenSignIn | None = getattr(request.state, "sign_in", None)
    if sign_in is None:
        return {"phone": "nobody"}
    return {"phone": "shared" if sign_in.shared_device else "mine"}


@contextmanager
def acting(request: Request) -> Iterator[tuple[Viewer, Session]]:
    """The signed-in viewer and their session, as `CurrentViewer` and `ViewerSession` give them. Raises SignInFirst.

    For the page that is asked for most: a dependency is begun and ended in other threads than its handler, and going
    there and back costs as much as a question to the database.
    """
    with contextmanager(get_session)(request) as session:
        yield _signed_in(request), session


def get_me(viewer: CurrentViewer, session: ViewerSession) -> Person:
    """The signed-in person."""
    return session.exec(select(Person).where(Person.id == viewer.person_id)).one()


Me = Annotated[Person, Depends(get_me)]
