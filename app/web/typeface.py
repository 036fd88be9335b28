"""Whether the file of our typeface is on this phone already.

A page is set in our typeface from its first moment on, or not at all (`font-display: optional`, CSS Fonts 4), so that
nothing jumps and no word waits unseen. The first page on a phone is set in the phone's own and shares its signal with
no font; a cookie, which says nothing else, has the pages after it fetch ours ahead.
"""

from starlette.requests import HTTPConnection
from starlette.responses import Response

from app.web.cookies import own_name, set_cookie
from app.web.static import WEEK

COOKIE = "typeface"


def is_here(request: HTTPConnection) -> bool:
    """Whether a page of ours was here, so recently that a browser still keeps its font."""
    return own_name(COOKIE) in request.cookies


def expect(response: Response) -> None:
    """Have the pages after this one fetch the font ahead, for as long as a browser keeps it."""
    set_cookie(response, own_name(COOKIE), "1", seconds=WEEK)
