"""Is it really her? Only mail that is proven to come from the address it was given to comes straight in."""

import pytest

from app.arrivals.mail.checks import Checks, check, dmarc_policy, organisational_domain
from app.arrivals.mail.dns import NameTrouble, resolver
from app.arrivals.mail.taking_in import Envelope, local_part, take_in
from tests.arrivals.conftest import PATEL, Run, Send, address_for, gifts, letter, messages
from tests.arrivals.names import NameServer
from tests.arrivals.spoofs import DOMAIN, ELSEWHERE, HERE, LOOK_ALIKES, Signer, raw, spoofs
from tests.cast import Cast


@pytest.fixture(scope="module")
def school() -> Signer:
    return Signer(DOMAIN)


@pytest.fixture(scope="module")
def stranger() -> Signer:
    return Signer("evil.example.net")


@pytest.fixture(scope="module")
def sister() -> Signer:
    return Signer("school.co.uk")


@pytest.fixture(autouse=True)
def published(names: NameServer, school: Signer, stranger: Signer, sister: Signer) -> None:
    names.txt |= {
        f"s1._domainkey.{DOMAIN}": [school.record],
        f"old._domainkey.{DOMAIN}": ["v=DKIM1; k=rsa; p="],
        f"two._domainkey.{DOMAIN}": [school.record, stranger.record],
        f"_dmarc.{DOMAIN}": ["v=DMARC1; p=reject"],
        DOMAIN: ["v=spf1 ip4:127.0.0.1 -all"],
        f"s1._domainkey.{sister.domain}": [sister.record],
        sister.domain: ["v=spf1 ip4:203.0.113.9 -all"],
        f"s1._domainkey.{stranger.domain}": [stranger.record],
        f"_dmarc.{stranger.domain}": ["v=DMARC1; p=none"],
        stranger.domain: ["v=spf1 ip4:127.0.0.1 ip4:203.0.113.9 -all"],
        f"{DOMAIN}-evil.example.net": ["v=spf1 ip4:203.0.113.9 -all"],
    }


def checked(content: bytes, peer: str = ELSEWHERE, envelope_from: str = "x@nowhere.invalid") -> Checks:
    return check(content, peer=peer, helo="here.example", envelope_from=envelope_from)


def bring(to: str, content: bytes, peer: str = ELSEWHERE, envelope_from: str = "x@nowhere.invalid") -> None:
    """What the doors do once they have a message; `peer` is the machine that says it brought it."""
    take_in(Envelope(peer, "here.example", envelope_from), [to], content)


def test_a_signature_of_her_own_domain_proves_it(school: Signer) -> None:
    found = checked(school.sign(raw()))
    assert (found.proven, found.sender, found.dkim, found.dmarc) == (True, PATEL, "pass", "pass")


def test_a_second_signature_counts_as_well(school: Signer, stranger: Signer) -> None:
    assert checked(stranger.sign(school.sign(raw()))).proven


def test_her_own_server_proves_it() -> None:
    found = checked(raw(), peer=HERE, envelope_from=PATEL)
    assert (found.proven, found.spf) == (True, "pass")


def test_without_a_dmarc_record_nothing_is_proven(school: Signer, names: NameServer) -> None:
    del names.txt[f"_dmarc.{DOMAIN}"]
    assert checked(school.sign(raw())).why == "no_policy"


def test_a_name_that_does_not_answer_is_asked_again(school: Signer, names: NameServer) -> None:
    names.silent.add(f"_dmarc.{DOMAIN}")
    with pytest.raises(NameTrouble):
        checked(school.sign(raw()))


def test_the_servers_that_brought_it_are_noted_and_prove_nothing(school: Signer, stranger: Signer) -> None:
    found = checked(stranger.seal(raw()))
    assert (found.arc, found.proven) == ("pass", False)
    assert checked(stranger.seal(raw()).replace(b"Well done", b"Come here")).arc == "fail"
    assert checked(raw()).arc == "none"
    assert checked(stranger.seal(school.sign(raw()))).proven


def test_a_domain_that_wants_its_own_name_gets_it(school: Signer, names: NameServer) -> None:
    mine = letter(sender=f"patel@mail.{DOMAIN}")
    names.txt[f"_dmarc.mail.{DOMAIN}"] = ["v=DMARC1; p=none"]
    assert checked(school.sign(raw(mine))).proven
    names.txt[f"_dmarc.mail.{DOMAIN}"] = ["v=DMARC1; p=none; adkim=s; aspf=s"]
    resolver().cache.flush()
    assert not checked(school.sign(raw(mine))).proven
    assert not checked(raw(mine), peer=HERE, envelope_from=PATEL).proven


def test_two_policies_are_none(names: NameServer) -> None:
    names.txt[f"_dmarc.mail.{DOMAIN}"] = ["v=DMARC1; p=none", "v=DMARC1; p=reject"]
    assert dmarc_policy(f"mail.{DOMAIN}") is None
    assert dmarc_policy(f"news.{DOMAIN}") is None  # the organisation is example.org, which has none
    assert dmarc_policy(DOMAIN) == {"v": "dmarc1", "p": "reject"}


def test_no_spoof_comes_into_a_tray(
    cast: Cast, run_jobs: Run, school: Signer, stranger: Signer, sister: Signer
) -> None:
    tried, to = spoofs(school, stranger, sister), local_part(address_for(cast))
    for content, peer, envelope in tried.values():
        bring(to, content, peer, envelope)
    run_jobs()
    kept = messages(cast)
    assert len(tried) >= 60 and len(kept) == len(tried)
    inside = [each for each in kept if each.state not in ("knocking", "turned_away")]
    print(f"{len(tried)} spoofs, {len(inside)} in a tray")
    assert inside == [] and gifts(cast) == []
    bring(to, school.sign(raw()))
    run_jobs()
    assert len(gifts(cast)) == 1


@pytest.mark.parametrize("sender", LOOK_ALIKES[:10])
def test_a_look_alike_knocks(sender: str, cast: Cast, send: Send, run_jobs: Run, stranger: Signer) -> None:
    plain = raw().replace(f"Mrs Patel <{PATEL}>".encode(), sender.encode())
    send(stranger.sign(plain), address_for(cast), sender="m@evil.example.net")
    run_jobs()
    (kept,) = messages(cast)
    assert kept.state == "knocking" and gifts(cast) == []
    assert "@" not in kept.claimed_name and "." not in kept.claimed_name.replace("Mrs.", "")


def test_proven_mail_from_her_comes_straight_in(cast: Cast, send: Send, run_jobs: Run, school: Signer) -> None:
    send(school.sign(raw()), address_for(cast))
    run_jobs()
    assert [each.state for each in messages(cast)] == ["delivered"]


def test_proven_mail_from_someone_else_knocks(cast: Cast, send: Send, run_jobs: Run, stranger: Signer) -> None:
    message = letter("Hi", "Open me", sender="D. Mensah <m@evil.example.net>")
    send(stranger.sign(raw(message)), address_for(cast), sender="m@evil.example.net")
    run_jobs()
    (kept,) = messages(cast)
    assert (kept.state, kept.claimed_name, kept.proven) == ("knocking", "D. Mensah", True)
    assert gifts(cast) == []


def test_loopback_is_no_proof_unless_told_so(cast: Cast, send: Send, run_jobs: Run, names: NameServer) -> None:
    names.txt.clear()
    send(letter(), address_for(cast))
    run_jobs()
    assert [each.state for each in messages(cast)] == ["knocking"]


def test_an_unknown_top_level_is_not_one_organisation() -> None:
    assert organisational_domain("mail.school.nosuchtld") == "school.nosuchtld"
    assert organisational_domain("a.b.co.uk") == "b.co.uk"


def test_a_copy_that_nobody_could_prove_makes_way_for_the_real_one(cast: Cast, run_jobs: Run, school: Signer) -> None:
    to, plain = local_part(address_for(cast)), raw()
    for content, states in ((plain, ["knocking"]), (plain, ["knocking"]), (school.sign(plain), ["delivered"])):
        bring(to, content)
        run_jobs()
        assert [each.state for each in messages(cast)] == states
    bring(to, plain)
    run_jobs()
    assert len(gifts(cast)) == len(messages(cast)) == 1
