"""Every route of the application stands in the access matrix, and each cell of it is so over HTTP."""

import base64
import itertools
import re

from httpx2 import Response
from starlette.testclient import TestClient

from app.people.door import cookie_name
from tests.wall.access import VIEWERS, access
from tests.wall.places import Places, make_places, routes

# What a form must hold to be about something at all.
FORMS = {
    "/knocks/{knock_id}/opening": {"who": "{connection_id}"},
    "/uploads": {},
}
# Whoever comes first uses it up.
USED_UP = {("POST", "/invitation/{secret}/acceptance")}
ADDRESSES = (f"10.{n // 65536}.{n // 256 % 256}.{n % 256}" for n in itertools.count(1))


def filled(path: str, names: dict[str, str]) -> str:
    return re.sub(r"{(\w+)}", lambda found: names[found[1]], path)


def browser(app: object, places: Places, name: str | None) -> TestClient:
    """A browser of its own, signed in as this one of the cast."""
    client = TestClient(app, base_url="http://localhost", follow_redirects=False, client=(next(ADDRESSES), 4000))  # type: ignore[arg-type]
    client.headers["Sec-Fetch-Site"] = "same-origin"
    if name is not None:
        client.cookies.set(cookie_name(), places.cast.sign_in(name))
    return client


def call(client: TestClient, method: str, path: str, names: dict[str, str]) -> Response:
    """One request, with what a form or an upload needs so that it is the viewer alone who is let in or not."""
    headers, content, data = {}, None, None
    if path.startswith("/uploads"):
        box = base64.b64encode(names["box_id"].encode()).decode()
        headers = {"Tus-Resumable": "1.0.0", "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
        if path == "/uploads":
            headers = {
                "Tus-Resumable": "1.0.0",
                "Upload-Length": "4",
                "Upload-Metadata": f"filename YS5qcGc=,box {box}",
            }
        elif method == "POST":
            headers["X-HTTP-Method-Override"] = "PATCH"
        content = b"four" if method in ("POST", "PATCH") and path != "/uploads" else None
    elif method == "POST":
        data = {name: filled(value, names) for name, value in FORMS.get(path, {}).items()}
    return client.request(method, filled(path, names), headers=headers, content=content, data=data)


def letter(answer: Response) -> str:
    """What became of a request, as the matrix writes it."""
    if answer.status_code == 401 or answer.headers.get("location", "").startswith("/sign-in?next="):
        return "?"
    if answer.status_code >= 500 and answer.url.path != "/healthz":
        return str(answer.status_code)
    return {404: "-", 403: "x"}.get(answer.status_code, "+")


def test_every_route_is_in_the_matrix() -> None:
    assert set(routes()) == set(access())


def test_each_kind_of_viewer_gets_what_the_matrix_says(app: object) -> None:
    shared = make_places()
    standing = {who: browser(app, shared, name) for who, (name, _box) in VIEWERS.items()}
    differences, cells = [], 0
    for (method, path), rule in access().items():
        fresh = shared
        for who, wanted in zip(VIEWERS, rule, strict=True):
            name, box = VIEWERS[who]
            client = standing[who]
            if wanted == "+" and method not in ("GET", "HEAD", "OPTIONS"):
                fresh = make_places() if fresh is shared or (method, path) in USED_UP else fresh
                client = browser(app, fresh, name)
            answer = call(client, method, path, (shared if client is standing[who] else fresh).names[box])
            cells += 1
            if letter(answer) != wanted:
                differences.append((method, path, who, "wanted", wanted, "got", answer.status_code))
    print(f"routes: {len(access())}, cells: {cells}, differences: {len(differences)}")
    assert differences == []
