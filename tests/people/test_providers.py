"""Sign in with what you have: a real provider that others wrote, in every way that it or somebody could lie."""

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc.jwk import RSAKey
from starlette.testclient import TestClient

from app.kit.config import settings
from app.people.attempts import MOST
from tests.cast import Cast
from tests.conftest import ClientAs
from tests.machine import free_port
from tests.people.authenticator import Authenticator
from tests.people.conftest import Browser, administrator, is_signed_in
from tests.people.elsewhere import CLIENT_ID, CLIENT_SECRET, Elsewhere, a_client, pem, provider_elsewhere, query_of
from tests.people.test_passkeys import add_passkey

UNSURE = "We couldn’t be sure it was you"
OLD = "That took too long"
COOKIE = "holdfast-with"
UNKNOWN = "That doesn’t open a box yet"
# What is not so, and the word for the log.
LIES = {
    "nonce": "nonce", "no nonce": "nonce", "issuer": "iss", "audience": "aud", "two audiences": "azp",
    "authorized party": "azp", "expired": "exp", "made tomorrow": "iat", "made yesterday": "iat", "no subject": "sub",
    "access token": "at_hash", "signature": "BadSignatureError", "kid": "kid", "none": "alg", "HS256": "alg",
    "short key": "key",
}  # fmt: skip


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Elsewhere]:
    """A provider with a client for each way to prove who we are, and the settings file that names them."""
    folder, port = tmp_path_factory.mktemp("providers"), free_port()
    signing = pem(rsa.generate_private_key(65537, 2048))
    (folder / "signed.pem").write_bytes(signing)
    public = {**RSAKey.import_key(signing).as_dict(private=False), "use": "sig", "alg": "PS256"}
    back = f"{settings().public_url}/sign-in/back"
    clients = [
        a_client(CLIENT_ID, [f"{back}/school", f"{back}/council"]),
        a_client("signed", [f"{back}/signed"], token_endpoint_auth_method="private_key_jwt", jwks={"keys": [public]}),
    ]
    secret = f'client_id = "{CLIENT_ID}"\nclient_secret = "{CLIENT_SECRET}"'
    issuer = f'issuer = "http://localhost:{port}"'
    (folder / "with.toml").write_text(
        f'[school]\nname = "Ashwood School"\n{issuer}\n{secret}\n'
        f'[council]\nname = "The council"\nresponse_mode = "form_post"\n{issuer}\n{secret}\n'
        f'[signed]\nname = "Signed"\n{issuer}\nclient_id = "signed"\nprivate_key = "signed.pem"\n'
        f'[gone]\nname = "Nobody"\nissuer = "http://localhost:1"\n{secret}\n'
    )
    before, settings().sign_in_with = settings().sign_in_with, folder / "with.toml"
    with provider_elsewhere(port, clients) as running:
        yield running
    settings().sign_in_with = before


@pytest.fixture(autouse=True)
def honest(elsewhere: Elsewhere) -> None:
    elsewhere.lies()


@pytest.fixture
def account(cast: Cast) -> str:
    """An account over there that nobody else's test has."""
    return f"kai-{cast.person['kai']}"


def go(client: TestClient, to: str = "/sign-in/with/school", **typed: str) -> str:
    """Press the button; where it sends the browser."""
    page = client.post(to, data=typed)
    assert page.status_code == 200, page.text
    return page.headers["refresh"].removeprefix("0;url=")


def come_back(client: TestClient, url: str) -> str:
    """Arrive at our address with what the provider gave; the page, or where it leads."""
    parts = urlsplit(url)
    answer = client.get(f"{parts.path}?{parts.query}")
    if answer.is_redirect:
        return answer.headers["location"]
    assert answer.status_code in (403, 409, 410, 502), answer.text
    return unescape(answer.text)


def link(client: TestClient, elsewhere: Elsewhere, account: str, key: str = "school") -> str:
    return come_back(client, elsewhere.visit(go(client, f"/me/with/{key}"), account))


def count(table: str) -> int:
    with administrator() as run:
        return int(run(f"select count(*) from {table}").scalar())


def test_an_account_that_was_linked_lets_in_and_one_taken_away_does_not(
    browser: Browser, client_as: ClientAs, elsewhere: Elsewhere, account: str
) -> None:
    kai = client_as("kai")
    assert link(kai, elsewhere, account) == "/me/devices#with"
    page = kai.get("/me/devices").text
    assert "Ashwood School" in page and account not in page
    phone = browser()
    going = go(phone, next="/tray")
    asked = query_of(going)
    assert asked["scope"] == "openid" and asked["code_challenge_method"] == "S256" and len(asked["nonce"]) == 43
    assert come_back(phone, elsewhere.visit(going, account)) == "/tray"
    assert is_signed_in(phone)
    assert "Last used" in kai.get("/me/devices").text
    way = re.search(r"/me/ways/([0-9a-f-]+)/removal", kai.get("/me/devices").text)
    assert way is not None
    assert client_as("joe").post(way.group(0)).status_code == 404
    assert kai.post(way.group(0)).status_code == 303
    again = browser()
    assert UNKNOWN in come_back(again, elsewhere.visit(go(again), account)) and not is_signed_in(again)


def test_nothing_of_the_account_is_kept_and_a_copy_of_the_table_names_nobody(
    client_as: ClientAs, elsewhere: Elsewhere, account: str
) -> None:
    link(client_as("kai"), elsewhere, account)
    with administrator() as run:
        row = run("select * from external_way order by id desc limit 1").mappings().one()
        assert run("select count(*) from challenge where purpose like 'provider%'").scalar() == 0
    assert account not in str(dict(row)) and set(row) == {
        "id", "person_id", "issuer", "identity_print", "label", "created_at", "last_used_at", "ended_at",
    }  # fmt: skip


def test_an_email_address_lets_nobody_in_whether_it_is_proven_or_not(
    browser: Browser, client_as: ClientAs, elsewhere: Elsewhere, account: str, cast: Cast
) -> None:
    with administrator() as run:
        email = run("select email from person where id = :p", p=cast.person["kai"]).scalar()
    before = count("external_way"), count("person")
    for verified in (True, False):
        elsewhere.says_email(account, email, verified)
        phone = browser()
        page = come_back(phone, elsewhere.visit(go(phone), account))
        assert UNKNOWN in page and "Come in another way" in page and "/invitation" in page
        assert not is_signed_in(phone)
    assert (count("external_way"), count("person")) == before
    # The other way about: an address that changes takes nothing away from the account that is linked, nor gives it on.
    link(client_as("kai"), elsewhere, account)
    elsewhere.says_email(account, "somebody@else.example")
    phone = browser()
    assert come_back(phone, elsewhere.visit(go(phone), account)) == "/" and is_signed_in(phone)


def test_every_lie_is_refused_with_a_sentence(
    browser: Browser, client_as: ClientAs, elsewhere: Elsewhere, account: str, caplog: pytest.LogCaptureFixture
) -> None:
    link(client_as("kai"), elsewhere, account)
    wrong, before = [], count("sign_in")
    for lie, reason in LIES.items():
        elsewhere.lies(lie)
        phone = browser()
        caplog.clear()
        page = come_back(phone, elsewhere.visit(go(phone), account))
        sentence = UNSURE in page and "another way" in page
        told = [record.getMessage() for record in caplog.records if record.name == "holdfast.sign_in"]
        if not sentence or is_signed_in(phone) or told != [f"sign in with school: not proven, {reason}"]:
            wrong.append((lie, told))
    assert wrong == [] and count("sign_in") == before
    elsewhere.lies()
    phone = browser()
    assert come_back(phone, elsewhere.visit(go(phone), account)) == "/"
    print(f"lies of a provider refused: {len(LIES)} of {len(LIES)}")


def test_a_lie_links_nothing_either(client_as: ClientAs, elsewhere: Elsewhere, account: str) -> None:
    kai, before = client_as("kai"), count("external_way")
    for lie in ("nonce", "audience", "none"):
        elsewhere.lies(lie)
        page = link(kai, elsewhere, account)
        assert UNSURE in page and "Back to Ways in" in page
    assert count("external_way") == before


def test_an_answer_works_once_and_only_where_it_was_asked_for(
    browser: Browser, client_as: ClientAs, elsewhere: Elsewhere, account: str
) -> None:
    link(client_as("kai"), elsewhere, account)
    phone = browser()
    begun, kept = go(phone), phone.cookies[COOKIE]
    back = elsewhere.visit(begun, account)
    thief = browser()
    assert OLD in come_back(thief, back)
    go(thief)
    assert OLD in come_back(thief, back) and not is_signed_in(thief)
    assert come_back(phone, back) == "/" and is_signed_in(phone)
    assert COOKIE not in phone.cookies
    again = browser()
    again.cookies.set(COOKIE, kept)
    assert OLD in come_back(again, back) and not is_signed_in(again)
    crossed = browser()
    back = elsewhere.visit(go(crossed), account)
    assert OLD in come_back(crossed, back.replace("/school", "/council")) and not is_signed_in(crossed)


def test_an_answer_names_who_answers(browser: Browser, client_as: ClientAs, elsewhere: Elsewhere, account: str) -> None:
    """RFC 9207: no other issuer, and none left out by a provider that says it gives one."""
    link(client_as("kai"), elsewhere, account)
    for put in ("&iss=https%3A%2F%2Felsewhere.example", ""):
        phone = browser()
        back = elsewhere.visit(go(phone), account)
        assert "iss=" in back
        assert UNSURE in come_back(phone, re.sub(r"&iss=[^&]*", put, back)) and not is_signed_in(phone)


def test_a_link_is_made_only_for_the_one_who_began_it(client_as: ClientAs, elsewhere: Elsewhere, account: str) -> None:
    kai, joe, before = client_as("kai"), client_as("joe"), count("external_way")
    back = elsewhere.visit(go(kai, "/me/with/school"), account)
    joe.cookies.set(COOKIE, kai.cookies[COOKIE])
    assert OLD in come_back(joe, back) and count("external_way") == before


def test_an_account_opens_one_door(client_as: ClientAs, elsewhere: Elsewhere, account: str) -> None:
    kai, joe = client_as("kai"), client_as("joe")
    link(kai, elsewhere, account)
    before = count("external_way")
    assert link(kai, elsewhere, account) == "/me/devices#with"
    assert "Someone else comes in with that" in link(joe, elsewhere, account)
    assert count("external_way") == before


def test_the_last_way_in_stays_and_a_box_never_comes_to_depend_on_a_provider(
    client_as: ClientAs, elsewhere: Elsewhere, account: str, cast: Cast
) -> None:
    kai = client_as("kai")
    link(kai, elsewhere, account)
    with administrator() as run:
        run("update person set email = null where id = :p", p=cast.person["kai"])
    page = kai.get("/me/devices").text
    assert "It’s the only way you can come in" in page and "Only this opens it now" in page
    way = re.search(r"/me/ways/([0-9a-f-]+)/removal", page)
    assert way is not None
    refused = kai.post(way.group(0))
    assert refused.status_code == 403 and "only way you can come in" in refused.text
    phone = Authenticator()
    add_passkey(kai, phone)
    key = re.search(r"/me/passkeys/([0-9a-f-]+)/removal", kai.get("/me/devices").text)
    assert key is not None
    assert kai.post(key.group(0)).status_code == 403
    kai.post("/me/recovery")
    assert kai.post(key.group(0)).status_code == kai.post(way.group(0)).status_code == 303


def test_a_phone_that_is_not_mine_adds_nothing(
    browser: Browser, client_as: ClientAs, elsewhere: Elsewhere, account: str
) -> None:
    link(client_as("kai"), elsewhere, account)
    phone = browser()
    assert come_back(phone, elsewhere.visit(go(phone, shared="yes"), account)) == "/"
    assert "This phone isn’t yours" in phone.get("/me/devices").text
    assert phone.post("/me/with/school").status_code == 403


def test_an_answer_as_a_form_and_a_client_that_signs(
    browser: Browser, client_as: ClientAs, elsewhere: Elsewhere, account: str
) -> None:
    link(client_as("kai"), elsewhere, account)
    for key in ("council", "signed"):
        phone = browser()
        going = go(phone, f"/sign-in/with/{key}")
        back = urlsplit(elsewhere.visit(going, account))
        if key == "council":
            assert query_of(going)["response_mode"] == "form_post"
            # From another site's page: neither our cookies nor a same-origin mark come with it.
            sent = browser().post(back.path, data=query_of(back.geturl()), headers={"Sec-Fetch-Site": "cross-site"})
            assert sent.status_code == 303
            back = urlsplit(sent.headers["location"])
        assert come_back(phone, back.geturl()) == "/" and is_signed_in(phone), key


def test_a_form_of_another_site_sends_nobody_off(browser: Browser, client_as: ClientAs) -> None:
    for client, path in ((browser(), "/sign-in/with/school"), (client_as("kai"), "/me/with/school")):
        refused = client.post(path, headers={"Sec-Fetch-Site": "cross-site"})
        assert refused.status_code == 403 and "refresh" not in refused.headers


def test_new_keys_are_looked_up_once(browser: Browser, client_as: ClientAs, elsewhere: Elsewhere, account: str) -> None:
    link(client_as("kai"), elsewhere, account)
    for lie, lets_in, looked in (("rotated", True, 1), ("rotated", True, 0), ("kid", False, 1)):
        elsewhere.lies(lie)
        before, phone = elsewhere.lookups(), browser()
        came = come_back(phone, elsewhere.visit(go(phone), account))
        assert ((came == "/"), elsewhere.lookups() - before) == (lets_in, looked)


def test_a_provider_that_is_away_or_a_no_is_a_sentence_and_the_other_ways(
    browser: Browser, elsewhere: Elsewhere, account: str
) -> None:
    gone = browser().post("/sign-in/with/gone")
    assert gone.status_code == 502 and "We can’t reach Nobody" in gone.text and "another way" in gone.text
    phone = browser()
    back = elsewhere.visit(go(phone), account)
    elsewhere.lies("down")
    assert "We can’t reach Ashwood School" in come_back(phone, back)
    phone = browser()
    asked = query_of(go(phone))
    said_no = f"/sign-in/back/school?error=access_denied&state={asked['state']}&iss={elsewhere.issuer}"
    assert "You didn’t finish there" in come_back(phone, said_no)
    assert browser().post("/sign-in/with/nonsense").status_code == 404


def test_going_there_again_and_again_is_held_up(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(MOST, "provider", 2)
    client = browser()
    answers = [client.post("/sign-in/with/school") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert "please wait ten minutes" in answers[-1].text and "refresh" not in answers[-1].headers


def test_the_page_asks_nobody_else_for_anything(browser: Browser, elsewhere: Elsewhere) -> None:
    page = browser().get("/sign-in").text
    assert "Sign in with Ashwood School" in page and elsewhere.issuer not in page
    assert not re.findall(r'(?:src|href|action)="https?:', page)
