"""An address for each giver and box: made when they are invited, replaced with one tap, stopped alone."""

import re
import smtplib
from collections import Counter
from uuid import uuid4

import pytest

from app.arrivals.mail.addresses import address_of
from app.arrivals.mail.proquint import in_words, new_secret
from app.boxes.connection import Connection
from tests.arrivals.conftest import PATEL, Send, letter, messages
from tests.boxes.reading import decided
from tests.cast import Cast
from tests.conftest import ClientAs


def whole(cast: Cast, connection: object) -> str | None:
    with cast.acting("kai") as session:
        given = address_of(session, session.get_one(Connection, connection))
        return given.whole if given else None


def someone_new(cast: Cast, client_as: ClientAs, email: str) -> tuple[object, str]:
    kai = client_as("kai")
    made = kai.post("/people", data={"once": str(uuid4()), "called": "Mr Okoro", "ring": "3"})
    path = made.headers["location"]
    answer = kai.post(
        f"{path}/invitation", data={"once": str(uuid4()), "way": "mail" if email else "code", "email": email}
    )
    assert answer.status_code == 303
    return path.rpartition("/")[2], path


def test_who_is_invited_by_email_has_an_address_at_once(cast: Cast, client_as: ClientAs, send: Send) -> None:
    connection, path = someone_new(cast, client_as, "Okoro@Ashwood.example")
    address = whole(cast, connection)
    assert address is not None
    assert address in client_as("kai").get(f"{path}/address").text
    send(letter(sender="okoro@ashwood.example"), address)
    assert len(messages(cast)) == 1
    assert "You made an address for Mr Okoro to send things to." in decided(cast)
    client_as("kai").post(
        f"{path}/invitation", data={"once": str(uuid4()), "way": "mail", "email": "okoro@ashwood.example"}
    )
    assert whole(cast, connection) == address, "being asked in again changes nothing"


def test_who_is_told_a_code_has_none_until_their_email_is_known(cast: Cast, client_as: ClientAs) -> None:
    connection, _ = someone_new(cast, client_as, "")
    assert whole(cast, connection) is None


def test_one_tap_replaces_it_and_another_s_goes_on(cast: Cast, client_as: ClientAs, send: Send) -> None:
    connection, path = someone_new(cast, client_as, PATEL)
    other, _ = someone_new(cast, client_as, "head@ashwood.example")
    before, kai = whole(cast, connection), client_as("kai")
    page = kai.get(f"{path}/address").text
    form = re.search(r'<form[^>]*action="([^"]+/address)"[^>]*>(.*?)</form>', page, re.DOTALL)
    assert form is not None and "Make a new one" in form[2]
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form[2]))
    assert kai.post(form[1], data=fields).status_code == 303
    after = whole(cast, connection)
    assert before and after and after != before
    send(letter(), after)
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        send(letter(), before)
    kai.post(f"{path}/address/revocation")
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        send(letter(), after)
    send(letter("from another"), whole(cast, other) or "")
    assert len(messages(cast)) == 2


def test_an_address_is_128_bits_in_words_that_can_be_said() -> None:
    made = [new_secret() for _ in range(2000)]
    assert len(set(made)) == 2000
    assert all(re.fullmatch(r"([bdfghjklmnprstvz][aiou]){2}[bdfghjklmnprstvz](-\w{5}){7}", each) for each in made)
    assert all(in_words(each.replace("-", "").upper()) == each for each in made)
    for place in range(5):  # every letter of a word is used about as often as any other
        letters = Counter(word[place] for each in made for word in each.split("-"))
        assert max(letters.values()) < 1.3 * min(letters.values())


def test_making_replacing_and_stopping_an_address(cast: Cast, client_as: ClientAs, send: Send) -> None:
    kai, page = client_as("kai"), f"/people/{cast.connection['patel']}/address"
    once = str(uuid4())
    assert kai.post(page, data={"once": once, "sender": "nonsense"}).status_code == 422
    for _ in range(2):
        assert kai.post(page, data={"once": once, "sender": PATEL.upper()}).status_code == 303
    first = kai.get(page).text.split('readonly value="')[1].split('"')[0]
    send(letter("One"), first)
    kai.post(page, data={"once": str(uuid4()), "sender": PATEL})
    second = kai.get(page).text.split('readonly value="')[1].split('"')[0]
    assert first != second
    with pytest.raises(Exception, match="No such address"):
        send(letter("Two"), first)
    send(letter("Two"), second)
    kai.post(f"{page}/revocation")
    with pytest.raises(Exception, match="No such address"):
        send(letter("Three"), second)
    assert len(messages(cast)) == 2
    assert decided(cast) == [
        "You made an address for Mrs Patel to send things to.",
        "You gave Mrs Patel a new address for sending things. The old one stopped.",
        "You stopped the address that Mrs Patel had for sending things.",
    ]
    for name in ("patel", "joe", "casey"):
        assert client_as(name).get(f"/boxes/{cast.box['kai']}{page}").status_code in (403, 404)
    assert client_as("kai").get(f"/people/{cast.connection['joe@ash']}/address").status_code == 404
