"""Whether this device reads our language aloud: static/js/read-aloud.js looked, and left a cookie with the language.

A page that is told so has the place for “Read it to me” from its first moment on, and does not jump when it comes.
"""

from starlette.requests import HTTPConnection

from app.kit.language import speaking
from app.web.cookies import own_name

COOKIE = "voice"


def is_here(request: HTTPConnection) -> bool:
    """Whether a voice for the language of the page was found on the device that asks."""
    return request.cookies.get(own_name(COOKIE)) == speaking()
