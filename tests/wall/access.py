"""The access matrix: every route, and what becomes of each kind of viewer who calls it.

One letter for each of VIEWERS: "+" answered, "-" not here (404), "x" seen but not theirs to do (403), "?" must come in
first.
"""

from collections.abc import Iterator

# Who asks, and in whose box the things are that the path names. See tests/wall/places.py.
VIEWERS: dict[str, tuple[str | None, str]] = {
    "nobody": (None, "kai"),
    "stranger": ("casey", "kai"),
    "neighbour": ("riley", "kai"),
    "owner": ("kai", "kai"),
    "audience": ("joe", "kai"),
    "connection": ("patel", "kai"),
    "expired": ("sam", "kai"),
    "ended": ("avery", "kai"),
    "blocked": ("morgan", "kai"),
    "keeper": ("joe", "ash"),
}

ANYONE = "++++++++++"
BY_TOKEN = "??????????"
NOBODY = "----------"
SIGNED_IN = "?+++++++++"
HAS_A_BOX = "?-++------"
ITS_OWNER = "?--+------"
DECIDES = "?--+xx---+"
IN_THE_BOX = "?--+++---+"
GIVES = "?---++---+"
THE_GIVER = "?---+----+"
SEES = "?--++----+"
SEES_INSIDE = "?--+-----+"
DECIDES_ABOUT = "?--+x----+"
OWNER_ALONE = "?--+x----x"
WROTE_IT = "?--x+----+"

# Pages that stand twice: for one's own box, and under /boxes/{box_id} for a box one keeps.
TWICE = """
GET /circles/new
POST /circles
GET POST /circles/{circle_id}
POST /circles/{circle_id}/members
POST /circles/{circle_id}/members/{member_id}/removal
POST /me/look
GET /me/looks
GET /me/decisions
GET POST /me/stage
GET POST /me/words
GET POST /people
GET /people/new
GET /people/{connection_id}
GET POST /people/{connection_id}/edit
GET POST /people/{connection_id}/address
POST /people/{connection_id}/address/revocation
POST /people/{connection_id}/senders/{sender_id}/ending
POST /people/{connection_id}/invitation
POST /people/{connection_id}/permission
POST /people/{connection_id}/keeping
POST /people/{connection_id}/keeping/end
POST /people/{connection_id}/ending
POST /people/{connection_id}/ending/undo
POST /people/{connection_id}/block
POST /people/{connection_id}/block/end
GET /put-away
GET /trash
GET /tray
GET POST /asks
GET /journey
GET POST /journey/new
GET POST /journey/chapters/{chapter_id}
POST /journey/chapters/{chapter_id}/removal
GET /me/apps
GET POST /me/apps/{grant_id}
POST /me/apps/{grant_id}/pause
POST /me/apps/{grant_id}/pause/end
POST /me/apps/{grant_id}/ending
GET /me/apps/{grant_id}/receipt
GET /me/apps/{grant_id}/receipt.json
"""

ONCE = {
    ANYONE: """
        GET /healthz
        GET /app.webmanifest
        GET /app-icon/{icon}/{picture}
        GET /worker.js
        GET /help
        GET /no-signal
        GET /slow
        GET /capture
        GET /kept/words
        GET /sign-in
        GET POST /language
        GET POST /sign-in/link
        GET POST /sign-in/link/{token}
        POST /sign-in/recovery
        GET POST /sign-in/help
        POST /sign-in/help/coming-in
        GET POST /stop/{token}
        GET POST /not-me/{token}
        POST /sign-in/passkey/options
        POST /sign-in/passkey
        POST /sign-out
        GET /away
        GET /away/now
        POST /away/open
        GET /offline
        GET POST /invitation
        GET /invitation/{secret}
        GET POST /start
        OPTIONS /uploads
        GET /.well-known/oauth-authorization-server
        GET /.well-known/oauth-protected-resource/api/v1
        GET /oauth/authorize
        POST /oauth/token
        GET /api/v1/openapi.json
    """,
    # Programs come in with a secret or a token of their own: a cookie opens nothing here.
    BY_TOKEN: """
        POST /oauth/par
        POST /oauth/revocation
        POST /oauth/introspection
        POST /oauth/device_authorization
        GET /api/v1/me
        GET POST /api/v1/memories
        GET /api/v1/memories/{memory_id}
        GET HEAD /api/v1/files/{file_id}/{name}
        OPTIONS POST /api/v1/uploads
        HEAD PATCH DELETE POST /api/v1/uploads/{upload_id}
    """,
    # A new invitation lets in whoever has its secret, but for the one who was blocked.
    "++++++++-+": "POST /invitation/{secret}/acceptance",
    # Open only at this very machine, which these requests do not come from; or only once a secret or a provider is set.
    NOBODY: """
        POST /sign-in/with/{provider}
        GET POST /sign-in/back/{provider}
        GET /demo
        POST /demo/{person_id}
        GET /outbox
        GET /outbox/{message_id}
        POST /mail/raw
        POST /mail/mailgun/mime
        POST /mail/ses
    """,
    "?---------": "POST /me/with/{provider}",
    SIGNED_IN: """
        GET /here
        GET /
        GET /me
        GET /welcome
        GET /helping
        POST /kept/opening
        GET POST /me/face
        GET POST /me/phone
        GET POST /share
        GET /me/devices
        POST /me/devices/end-others
        GET POST /me/notices
        POST /me/notices/phone
        POST /me/notices/phone/removal
        GET POST /me/email
        GET POST /me/email/{token}
        GET POST /me/recovery
        POST /me/links
        GET /prove
        GET POST /prove/link
        POST /prove/code
        POST /prove/passkey/options
        POST /prove/passkey
        POST /me/passkeys/options
        POST /me/passkeys
        POST /oauth/authorize
        GET POST /device
        GET POST /device/{code}
    """,
    ITS_OWNER: """
        POST /me/passkeys/{passkey_id}/name
        POST /me/passkeys/{passkey_id}/removal
        POST /me/ways/{way_id}/removal
        POST /me/devices/{sign_in_id}/end
        POST /me/changes/{change_id}/undo
        POST /me/trusted/{trusted_id}/ending
        GET /offline/memories/{memory_id}
        GET /offline/files/{file_id}/{name}
    """,
    HAS_A_BOX: """
        GET POST /me/trusted
        POST /me/coming-back/stop
        GET /offline/key
        POST /offline/still
        GET /add
        GET POST /add/{kind}
    """,
    DECIDES: "GET /boxes/{box_id}/me",
    IN_THE_BOX: """
        GET /boxes/{box_id}
        GET /boxes/{box_id}/about
        POST /boxes/{box_id}/leaving
        GET /boxes/{box_id}/add
        GET POST /boxes/{box_id}/add/{kind}
        GET /boxes/{box_id}/give
        POST /uploads
    """,
    GIVES: """
        POST /boxes/{box_id}/give
        POST /boxes/{box_id}/give/hint
        GET POST /boxes/{box_id}/give/letter
        GET POST /boxes/{box_id}/asking
        GET /boxes/{box_id}/given
    """,
    THE_GIVER: """
        GET /boxes/{box_id}/given/{gift_id}
        GET POST /boxes/{box_id}/given/{gift_id}/words
        POST /boxes/{box_id}/given/{gift_id}/taking-back
        GET /helping/{trusted_id}
        POST /helping/{trusted_id}/answer
        POST /helping/{trusted_id}/code
    """,
    SEES: """
        GET HEAD /media/{file_id}/{name}
        GET /memories/{memory_id}
        GET /memories/{memory_id}/body
        GET /memories/{memory_id}/words.vtt
        POST /memories/{memory_id}/perspectives
    """,
    SEES_INSIDE: """
        GET HEAD /media/{file_id}/original
        HEAD PATCH DELETE POST /uploads/{upload_id}
        POST /knocks/{knock_id}/opening
        POST /knocks/{knock_id}/turning-away
        POST /knocks/{knock_id}/knocking-again
        POST /senders/{sender_id}/ending
    """,
    WROTE_IT: "POST /memories/{memory_id}/perspectives/{perspective_id}",
    OWNER_ALONE: "POST /memories/{memory_id}/only-me",
    DECIDES_ABOUT: """
        GET POST /memories/{memory_id}/edit
        GET POST /memories/{memory_id}/audience
        POST /memories/{memory_id}/audience/sentence
        POST /memories/{memory_id}/keeping
        POST /memories/{memory_id}/putting-away
        POST /memories/{memory_id}/return
        POST /memories/{memory_id}/trash
        POST /memories/{memory_id}/restoration
        POST /memories/{memory_id}/chapter
        POST /gifts/{gift_id}/keeping
        POST /gifts/{gift_id}/putting-away
        POST /gifts/{gift_id}/return
        GET /gifts/{gift_id}/email
        GET POST /asks/{ask_id}
        POST /asks/{ask_id}/ignoring
        POST /wishes/{wish_id}/keeping
        POST /wishes/{wish_id}/letting-go
        POST /questions/{question_id}/closing
    """,
}


def _lines(table: str) -> Iterator[tuple[str, str]]:
    for line in table.split("\n"):
        *methods, path = line.split() or [""]
        yield from ((method, path) for method in methods)


def access() -> dict[tuple[str, str], str]:
    """(method, path) -> one letter for each of VIEWERS. Raises ValueError for a route that is entered twice."""
    entries = [(route, rule) for rule, table in ONCE.items() for route in _lines(table)]
    for method, path in _lines(TWICE):
        entries.append(((method, path), ITS_OWNER if "{" in path else HAS_A_BOX))
        entries.append(((method, "/boxes/{box_id}" + path), DECIDES))
    matrix = dict(entries)
    if len(matrix) != len(entries):
        raise ValueError("a route is entered twice")
    return matrix
