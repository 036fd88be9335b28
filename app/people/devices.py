"""The phones and computers that someone is signed in on."""

from uuid import UUID

from fastapi import Request
from fastapi.responses import Response
from sqlmodel import Session, col, select

from app.kit import db, noticed
from app.kit.clock import now
from app.kit.ids import fingerprint, new_token
from app.kit.language import N_, gettext
from app.people.door import OpenSignIn, cookie_name, lasts_until
from app.people.person import Person
from app.people.proof import BY, prove
from app.people.sign_in import SignIn
from app.people.viewer import Viewer
from app.web import pages
from app.web.cookies import LONGEST_SECONDS, drop_cookie, own_name, set_cookie
from app.web.errors import NotAllowed
from app.web.language import choose_here, chosen_here

KEPT_COOKIE = "kept"
LOCKED = N_("The people who run this place locked it. Nothing is lost. Ask them.")
NOTHING_WAITS = "0"

_KINDS = (
    ("iPad", "iPad"),
    ("iPhone", "iPhone"),
    ("CrOS", "Chromebook"),
    ("Windows", N_("Windows computer")),
    ("Macintosh", "Mac"),
    ("Linux", N_("Linux computer")),
)
_BROWSERS = (("Edg", "Edge"), ("Firefox", "Firefox"), ("FxiOS", "Firefox"), ("SamsungBrowser", "Samsung Internet"),
             ("CriOS", "Chrome"), ("Chrome", "Chrome"), ("Safari", "Safari"))  # fmt: skip


def start_sign_in(
    session: Session, request: Request, response: Response, person_id: UUID, way: str, shared: bool = False
) -> SignIn:
    """Sign this browser in: a new token in a cookie on `response`, and a session that acts as the person from now on.

    `way` is one of sign_in.WAYS, and most of them prove whose it is (proof.BY). Whoever was signed in on this browser
    is signed out. On a `shared` device the cookie goes when the browser closes, and the sign-in ends
    SHARED_SESSION_MINUTES after it was last used; else SESSION_DAYS.
    """
    end_this_sign_in(request, session)
    token = new_token()
    db.become(session, Viewer(person_id).claims())
    if session.get_one(Person, person_id).locked_at is not None:
        noticed.note("not_let_in", way, person=person_id)
        raise NotAllowed(gettext(LOCKED))
    sign_in = SignIn(
        person_id=person_id,
        token_print=fingerprint(token),
        way=way,
        device=device_words(request.headers.get("user-agent", "")),
        shared_device=shared,
        expires_at=lasts_until(shared),
    )
    session.add(sign_in)
    session.flush()
    viewer = Viewer(person_id, sign_in_id=sign_in.id)
    db.become(session, viewer.claims())
    if way in BY:
        prove(session, BY[way])
    noticed.here_is(person_id)
    noticed.note("came_in", way, session=session)
    _keep_speaking(session, request, response, person_id, shared)
    request.state.viewer = viewer
    request.state.sign_in = OpenSignIn(sign_in.id, person_id, way, shared, sign_in.last_seen_at)
    # The row says when it really ends.
    set_cookie(response, cookie_name(), token, seconds=None if shared else LONGEST_SECONDS)
    return sign_in


def _keep_speaking(session: Session, request: Request, response: Response, person_id: UUID, shared: bool) -> None:
    """A device where no language was chosen speaks the person's; a person who chose none has their own device's."""
    person, here = session.get_one(Person, person_id), chosen_here(request)
    if here is None and person.language is not None:
        choose_here(response, person.language, lasting=not shared)
    elif here is not None and person.language is None and not shared:
        person.language = here


def end_this_sign_in(request: Request, session: Session) -> None:
    """Sign this browser out; nothing happens where nobody is signed in. The cookie is the caller's to clear."""
    here: OpenSignIn | None = getattr(request.state, "sign_in", None)
    if here is not None:
        db.become(session, Viewer(here.person_id, sign_in_id=here.id).claims())
        session.get_one(SignIn, here.id).end()
    request.state.viewer, request.state.sign_in = Viewer(), None
    db.become(session, Viewer().claims())


def clear_this_browser(request: Request, response: Response) -> Response:
    """Where a browser shows that a sign-in there is over, have it throw out what it kept. Returns the response.

    It shows the cookie of that sign-in; or, once the page that comes then has emptied it by script
    (static/js/lib/leave.js), that nothing waits there.
    """
    left = cookie_name() in request.cookies or request.cookies.get(own_name(KEPT_COOKIE)) == NOTHING_WAITS
    if left and getattr(request.state, "sign_in", None) is None:
        forget_cookie(response)
        response.headers["Clear-Site-Data"] = what_to_clear(request)
    return response


def what_to_clear(request: Request) -> str:
    """`Clear-Site-Data` (W3C) for a browser that is left: its cache, and its databases, storage and worker.

    Databases only where a script has looked a moment ago and nothing waits on this phone. Without its word they stay,
    as a phone that died may have lost it: nothing that was made is lost, and it is closed to whoever is not signed in
    as the one who made it. The script of the next page empties the others, and looks.
    """
    return '"cache", "storage"' if request.cookies.get(own_name(KEPT_COOKIE)) == NOTHING_WAITS else '"cache"'


def forget_cookie(response: Response) -> None:
    """Take the cookie of the sign-in away."""
    drop_cookie(response, cookie_name())


def open_sign_ins(session: Session, person_id: UUID) -> list[SignIn]:
    """The person's sign-ins that still work, last seen first."""
    query = (
        select(SignIn)
        .where(SignIn.person_id == person_id, col(SignIn.ended_at).is_(None), col(SignIn.expires_at) > now())
        .order_by(col(SignIn.last_seen_at).desc(), col(SignIn.id))
    )
    return list(session.exec(query))


_PHONE, _TABLET, _SOMETHING = N_("Android phone"), N_("Android tablet"), N_("Phone or computer")
_SAID = frozenset({_PHONE, _TABLET, _SOMETHING, *(words for _, words in _KINDS)})


def device_words(user_agent: str) -> str:
    """What a person would call it, from a User-Agent header: "Android phone, Chrome". The header itself is not kept.

    In English, as it is kept; `said_device` says it.
    """
    if "Android" in user_agent:
        kind = _PHONE if "Mobile" in user_agent else _TABLET
    else:
        kind = next((words for mark, words in _KINDS if mark in user_agent), _SOMETHING)
    browser = next((words for mark, words in _BROWSERS if f"{mark}/" in user_agent), "")
    return f"{kind}, {browser}" if browser else kind


def said_device(words: str) -> str:
    """For templates: `device_words` in the language of the moment; anything else stays as it is."""
    kind, _, browser = words.partition(", ")
    if kind not in _SAID:
        return words
    return gettext("%(device)s, %(browser)s", device=gettext(kind), browser=browser) if browser else gettext(kind)


pages.add_filter("device", said_device)
