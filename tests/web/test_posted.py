"""What is posted costs time in step with its length, however it is made; counted in steps of the same run."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from app.arrivals.mail import sns
from app.arrivals.mail.mailgun import Form, NoForm
from app.kit.language import asked_for
from app.media.received import Received
from app.media.serving import wanted_range
from app.media.tus import _metadata
from app.oauth.asking import Asked
from app.oauth.device_pages import _letters
from app.people.addresses import normal_address
from app.people.next_page import own_path
from app.people.recovery import normal_code
from app.web.posted import DEEPEST, PAIRS_MOST, TooMuch, pairs_of, read_json

FORM, PARTS = "application/x-www-form-urlencoded", "multipart/form-data; boundary=cut"
SMALL, LARGE = 1000, 1_000_000
# A thousand times the bytes may take four thousand times the time: work that grows with the square takes a million.
GENEROUS = 4 * LARGE // SMALL


def least_time(act: Callable[[], Any], tries: int) -> float:
    """Seconds of the processor that `act` needs: what else runs here does not count."""
    took = []
    for _ in range(tries):
        began = time.thread_time()
        act()
        took.append(time.thread_time() - began)
    return min(took)


def grows_in_step(act: Callable[[int], Any]) -> None:
    """1 MB takes no more than GENEROUS times what 1 kB does, with a floor of a millisecond for the kilobyte."""
    small, large = least_time(lambda: act(SMALL), 20), least_time(lambda: act(LARGE), 2)
    assert large <= GENEROUS * max(small, 1e-3), (small, large)


def quiet(act: Callable[[], Any], *refusals: type[Exception]) -> None:
    try:
        act()
    except refusals:
        return


NONSENSE: dict[str, tuple[str, bytes]] = {
    "names alone": (FORM, b"a&"),
    "nothing but &": (FORM, b"&"),
    "pairs": (FORM, b"a=b&"),
    "one long name": (FORM, b"a"),
    "escapes": (FORM, b"%41"),
    "broken escapes": (FORM, b"%"),
    "spaces": (FORM, b"+"),
    "equals": (FORM, b"="),
    "upload ids": (FORM, b"upload=0199a000-0000-7000-8000-000000000001&"),
    "empty parts": (PARTS, b"--cut\r\n\r\n\r\n"),
    "nearly boundaries": (PARTS, b"\r\n--cu"),
    "line ends": (PARTS, b"\r\n"),
    "part headers": (PARTS, b"a:b\r\n"),
}


@pytest.mark.parametrize("what", NONSENSE)
def test_a_megabyte_of_nonsense_costs_a_form_in_step_with_a_kilobyte(what: str) -> None:
    kind, piece = NONSENSE[what]
    head = b'--cut\r\nContent-Disposition: form-data; name="a"\r\n' if what == "part headers" else b""
    head = b'--cut\r\nContent-Disposition: form-data; name="a"\r\n\r\n' if what == "nearly boundaries" else head

    def read(length: int) -> None:
        quiet(lambda: pairs_of(kind, head + piece * (length // len(piece))), Exception)

    grows_in_step(read)


@pytest.mark.parametrize("what", NONSENSE)
def test_a_megabyte_of_nonsense_costs_the_mailgun_door_in_step_with_a_kilobyte(what: str) -> None:
    kind, piece = NONSENSE[what]

    def feed(length: int) -> None:
        form, body = Form(kind, "key"), piece * (length // len(piece))
        for at in range(0, len(body), 65536):
            form.feed(body[at : at + 65536])
        form.end()

    grows_in_step(lambda length: quiet(lambda: feed(length), NoForm))


def test_what_a_form_holds_is_kept_in_step_with_how_much_it_is() -> None:
    """A thousand fields and upload ids are as dear each as ten are; the squared one needs a hundred times as long."""

    def keep(count: int) -> Received:
        received = Received()
        for number in range(count):
            received.add_text("a", "b")
            received.add_text("upload", f"0199a000-0000-7000-8000-{number:012x}")
        return received

    few, many = least_time(lambda: keep(100), 20), least_time(lambda: keep(40_000), 1)
    assert many <= 400 * 20 * max(few, 1e-4)
    kept = keep(3)
    assert kept.fields["a"] == ["b"] * 3 and len(kept.uploads) == 3


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (FORM, b"a&" * (PAIRS_MOST + 1)),
        (FORM, b"&" * (PAIRS_MOST + 1)),
        (FORM, b"a=b&" * 250_000),
        (PARTS, b'--cut\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n' * (PAIRS_MOST + 1)),
        (PARTS, b'--cut\r\nContent-Disposition: form-data; name="a"; filename="b"\r\n\r\nb\r\n' * (PAIRS_MOST + 1)),
    ],
)
def test_more_than_a_page_has_is_refused_and_not_kept(kind: str, body: bytes) -> None:
    with pytest.raises(TooMuch):
        pairs_of(kind, body)


@pytest.mark.parametrize("kind", [FORM, PARTS])
def test_as_much_as_a_page_has_is_read_as_it_was_typed(kind: str) -> None:
    typed = [(f"näme {number}", f"50% & a+b = “{number}”;\r\n") for number in range(PAIRS_MOST - 1)] + [("", "")]
    if kind == FORM:
        from urllib.parse import urlencode

        body = urlencode(typed).encode()
    else:
        body = "".join(
            f'--cut\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in typed
        ).encode()
        body += b"--cut--\r\n"
    assert pairs_of(kind, body) == typed


DEEP = {
    "lists": "[" * 100_000,
    "closed lists": "[" * 100_000 + "]" * 100_000,
    "objects": '{"a":' * 100_000,
    "within words": '{"a": "[[[", "b": ' + "[" * 50 + "]" * 50 + "}",
    "one too many": "[" * (DEEPEST + 1) + "]" * (DEEPEST + 1),
    "after escapes": '["\\"", ' + "[" * 90_000,
    "not finite": "[NaN]",
    "beyond all numbers": f"[{'9' * 400}]",
    "beyond all numbers too": "[1e999]",
    "endless": "[-Infinity]",
}


@pytest.mark.parametrize("what", DEEP)
def test_json_from_outside_is_as_deep_as_people_write_it(what: str) -> None:
    with pytest.raises(ValueError):
        read_json(DEEP[what])
    with pytest.raises(ValueError):
        read_json(DEEP[what].encode())


def test_json_that_is_right_is_read_as_it_is() -> None:
    right = {"a": ["[[[[", "\\", '"', {"é": [1, -2.5, 10**18, None, True]}], "b": "{" * 100}
    for each in (right, [right] * 50, "[" * 40, 7):
        assert read_json(json.dumps(each)) == each
        assert read_json(json.dumps(each, ensure_ascii=False).encode()) == each


@pytest.mark.parametrize("piece", ["[", '"', '\\"', '"\\"', '{"', '["', "\\", "1", "[]", '""', '"\\'])
def test_a_megabyte_of_json_costs_in_step_with_a_kilobyte(piece: str) -> None:
    for begin in ("", '"', '["'):
        grows_in_step(
            lambda length, begin=begin: quiet(lambda: read_json(begin + piece * (length // len(piece))), ValueError)  # type: ignore[misc]
        )


TOPIC = "arn:aws:sns:eu-west-2:123456789012:holdfast-mail"
# What anybody may send without a word of who they are: a piece of nonsense, and what reads a heap of it.
DOORS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "a notice of SES": ("[", lambda text: sns.read(text.encode(), TOPIC)),
    "a notice of SES, signed at length": ("A", lambda text: sns.read(json.dumps({"Signature": text}).encode(), TOPIC)),
    "parameters of an app": ("a", lambda text: Asked("POST", "/oauth/par", [("scope", text)]).check_plain()),
    "many parameters of an app": (
        "a",
        lambda text: Asked("POST", "/oauth/par", [(text[at : at + 9], "b") for at in range(0, len(text), 1000)]),
    ),
    "names of an upload": ("a ,", _metadata),
    "languages": ("en;q=1,", asked_for),
    "a page to come back to": ("/a", own_path),
    "a range": ("bytes=1,", lambda text: wanted_range({"range": text}, 10**6, "x")),
    "a code of a screen": ("B-", _letters),
    "a printed code": ("b ", normal_code),
    "an address": ("a@", normal_address),
}


@pytest.mark.parametrize("door", DOORS)
def test_a_megabyte_of_nonsense_costs_each_cheap_door_in_step_with_a_kilobyte(door: str) -> None:
    piece, read = DOORS[door]
    grows_in_step(lambda length: quiet(lambda: read(piece * (length // len(piece))), Exception))
