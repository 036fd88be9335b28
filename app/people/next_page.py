"""Where to go after signing in: one of our own pages, whatever the address said."""

from urllib.parse import urlsplit

LONGEST = 2000


def own_path(wanted: str | None) -> str:
    """`wanted` when it is a path on this site ("/tray?year=2024"), else "/".

    Browsers read "//host", a backslash and a tab or line end inside as the start of another site (WHATWG URL, 4.4).
    """
    if not wanted or len(wanted) > LONGEST or not wanted.startswith("/") or wanted.startswith("//"):
        return "/"
    if "\\" in wanted or any(ord(letter) <= 32 or ord(letter) == 127 for letter in wanted):
        return "/"
    try:
        parts = urlsplit(wanted)
    except ValueError:
        return "/"
    return "/" if parts.scheme or parts.netloc else wanted
