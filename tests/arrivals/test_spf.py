"""SPF (RFC 7208) as the mail door asks it: over real DNS, with cases by section; the openspf.org suite where it lies.

Put rfc7208-tests.yml of github.com/sdgathman/pyspf into ../shared/corpora/spf to run all of its 203 cases.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.arrivals.mail.checks import spf_result, spf_verdict
from app.arrivals.mail.dns import NameTrouble, resolver
from tests.arrivals.names import NameServer

HERE, THERE, SIX = "192.0.2.10", "198.51.100.7", "2001:db8::25"

TXT = {
    "all": "v=spf1 -all", "soft": "v=spf1 ~all", "neutral": "v=spf1 ?all", "open": "v=spf1 +all", "silent": "v=spf1",
    "ip4": "v=spf1 ip4:192.0.2.10 -all", "net": "v=spf1 ip4:192.0.2.0/24 -all", "ip6": "v=spf1 ip6:2001:db8::/32 -all",
    "capitals": "V=SPF1 IP4:192.0.2.10 -ALL", "spaces": "v=spf1   ip4:192.0.2.10   -all  ",
    "a": "v=spf1 a -all", "a-of": "v=spf1 a:host.example/28 -all", "mx": "v=spf1 mx -all",
    "mx-of": "v=spf1 mx:a.example -all",
    "include": "v=spf1 include:ip4.example -all", "include-soft": "v=spf1 include:soft.example -all",
    "include-none": "v=spf1 include:nothing.example -all", "redirect": "v=spf1 redirect=ip4.example",
    "redirect-none": "v=spf1 redirect=nothing.example", "redirect-after-all": "v=spf1 -all redirect=open.example",
    "exists": "v=spf1 exists:%{ir}.%{l1r}.list.example -all", "dash": "v=spf1 exists:%{l1r-}.list.example -all",
    "helo": "v=spf1 exists:%{h}.list.example -all", "version": "v=spf10 +all", "not-first": "x v=spf1 +all",
    "unknown": "v=spf1 ipv4:192.0.2.10 -all", "modifier": "v=spf1 moo=cow ip4:192.0.2.10 -all",
    "bad-net": "v=spf1 ip4:192.0.2.0/33 -all", "bad-ip": "v=spf1 ip4:192.0.2 -all", "bad-ip6": "v=spf1 ip6:zz::1 -all",
    "bad-macro": "v=spf1 exists:%{z}.example -all", "empty-a": "v=spf1 a: -all",
    "twice": "v=spf1 redirect=a.example redirect=b.example",
    "loop": "v=spf1 include:loop.example -all", "ring": "v=spf1 redirect=ring.example",
    "before-bad": "v=spf1 ip4:192.0.2.10 oops -all",
    "ten": "v=spf1 " + "a:host.example " * 10 + "-all", "eleven": "v=spf1 " + "a:host.example " * 11 + "-all",
    "void": "v=spf1 " + " ".join(f"a:no{number}.example" for number in range(3)) + " -all",
    "two-void": "v=spf1 a:no1.example a:no2.example -all", "ptr": "v=spf1 ptr:named.example -all",
    "down": "v=spf1 a:broken.example -all", "down-late": "v=spf1 ip4:192.0.2.10 a:broken.example -all",
    "nothing-said": "just some text",
}  # fmt: skip
RECORDS = {
    ("a.example", "A"): [HERE], ("host.example", "A"): ["192.0.2.1"], ("a.example", "AAAA"): [SIX],
    ("mx.example", "MX"): ["10 a.example."], ("a.example", "MX"): ["10 a.example."],
    ("10.2.0.192.joe.list.example", "A"): ["127.0.0.2"], ("joe.list.example", "A"): ["127.0.0.2"],
    ("here.example.list.example", "A"): ["127.0.0.2"],
    ("10.2.0.192.in-addr.arpa", "PTR"): ["mail.named.example."], ("mail.named.example", "A"): [HERE],
    ("7.100.51.198.in-addr.arpa", "PTR"): ["mail.named.example."],
}  # fmt: skip

# sender's domain, peer, what RFC 7208 says (section)
CASES = [
    ("all", HERE, "fail", "5.1"), ("soft", HERE, "softfail", "8.5"), ("neutral", HERE, "neutral", "8.2"),
    ("open", HERE, "pass", "5.1"), ("silent", HERE, "neutral", "4.7"), ("nothing", HERE, "none", "4.3"),
    ("nothing-said", HERE, "none", "4.5"), ("version", HERE, "none", "4.5"), ("not-first", HERE, "none", "4.5"),
    ("ip4", HERE, "pass", "5.6"), ("ip4", THERE, "fail", "5.6"), ("ip4", SIX, "fail", "5.6"),
    ("net", HERE, "pass", "5.6"),
    ("net", THERE, "fail", "5.6"), ("ip6", SIX, "pass", "5.6"), ("ip6", HERE, "fail", "5.6"),
    ("ip4", f"::ffff:{HERE}", "pass", "5"), ("capitals", HERE, "pass", "4.6.1"), ("spaces", HERE, "pass", "4.5"),
    ("a", HERE, "pass", "5.3"), ("a", SIX, "pass", "5.3"), ("a", THERE, "fail", "5.3"), ("a-of", HERE, "pass", "5.3"),
    ("a-of", "192.0.2.200", "fail", "5.3"), ("mx", HERE, "pass", "5.4"), ("mx", THERE, "fail", "5.4"),
    ("mx-of", SIX, "pass", "5.4"), ("include", HERE, "pass", "5.2"), ("include", THERE, "fail", "5.2"),
    ("include-soft", HERE, "fail", "5.2"), ("include-none", HERE, "permerror", "5.2"),
    ("redirect", HERE, "pass", "6.1"), ("redirect", THERE, "fail", "6.1"), ("redirect-none", HERE, "permerror", "6.1"),
    ("redirect-after-all", HERE, "fail", "6.1"), ("exists", HERE, "pass", "5.7"), ("exists", THERE, "fail", "5.7"),
    ("dash", HERE, "pass", "7.3"), ("helo", HERE, "pass", "7.2"), ("modifier", HERE, "pass", "6"),
    ("unknown", HERE, "permerror", "4.6"), ("bad-net", HERE, "permerror", "5.6"), ("bad-ip", HERE, "permerror", "5.6"),
    ("bad-ip6", HERE, "permerror", "5.6"), ("bad-macro", HERE, "permerror", "7.1"),
    ("empty-a", HERE, "permerror", "5.3"),
    ("twice", HERE, "permerror", "6"), ("before-bad", HERE, "permerror", "4.6"), ("loop", HERE, "permerror", "4.6.4"),
    ("ring", HERE, "permerror", "4.6.4"), ("ten", HERE, "fail", "4.6.4"), ("eleven", HERE, "permerror", "4.6.4"),
    ("void", HERE, "permerror", "4.6.4"), ("two-void", HERE, "fail", "4.6.4"), ("ptr", HERE, "pass", "5.5"),
    ("ptr", THERE, "fail", "5.5"), ("down", HERE, "temperror", "4.4"), ("down-late", HERE, "pass", "4.6.2"),
    ("down-late", THERE, "temperror", "4.4"), ("gone", HERE, "temperror", "4.4"), ("several", HERE, "permerror", "4.5"),
    ("pieces", HERE, "pass", "3.3"), ("alias", HERE, "pass", "4.4"),
]  # fmt: skip


@pytest.fixture(autouse=True)
def zone(names: NameServer) -> Iterator[None]:
    names.txt |= {f"{name}.example": [text] for name, text in TXT.items()}
    names.txt["several.example"] = ["v=spf1 +all", "v=spf1 -all"]
    names.txt["pieces.example"] = ["v=spf1 " + "ip4:198.51.100.200 " * 20 + "ip4:192.0.2.10 -all"]
    names.records |= RECORDS
    names.records["alias.example", "CNAME"] = ["ip4.example."]
    names.silent |= {"broken.example", "gone.example"}
    yield
    names.silent.clear()


@pytest.mark.parametrize(("name", "peer", "said", "section"), CASES)
def test_what_rfc_7208_says(name: str, peer: str, said: str, section: str) -> None:
    assert (
        spf_verdict(peer, "here.example", f"joe-x@{name}.example" if name == "dash" else f"joe@{name}.example") == said
    )


def test_only_a_pass_helps_and_a_null_sender_never_does() -> None:
    assert {spf_result(HERE, "h", f"joe@{name}.example") for name in ("soft", "neutral", "bad-ip", "all")} == {"fail"}
    assert spf_result(HERE, "a.example", "") == spf_result("", "h", "joe@open.example") == "none"
    with pytest.raises(NameTrouble):
        spf_result(HERE, "h", "joe@gone.example")


@pytest.mark.parametrize("sender", ["joe@", "joe@..", "joe@" + "a" * 70 + ".example", "joe@[192.0.2.10]", "x"])
def test_what_is_no_address_passes_nothing(sender: str) -> None:
    assert spf_result(HERE, "", sender) != "pass"


def test_the_openspf_suite(corpora: Path, names: NameServer) -> None:
    suite = corpora / "spf" / "rfc7208-tests.yml"
    if not suite.exists():
        pytest.skip("../shared/corpora/spf/rfc7208-tests.yml is not there")
    yaml = pytest.importorskip("yaml")
    wrong, count = [], 0
    for scenario in yaml.safe_load_all(suite.read_bytes()):
        publish(names, scenario["zonedata"])
        for name, case in scenario["tests"].items():
            count += 1
            resolver().cache.flush()
            said = spf_verdict(case["host"], case["helo"], case.get("mailfrom") or "")
            right = case["result"] if isinstance(case["result"], list) else [case["result"]]
            if said not in right:
                wrong.append(f"{name}: {said}, not {right}")
    print(f"openspf.org suite for RFC 7208: {count - len(wrong)} of {count}", wrong)
    assert count == 203 and len(wrong) <= 0.02 * count


def publish(names: NameServer, zone: dict[str, list[Any]]) -> None:
    """A scenario's names. SPF stands for TXT where no TXT stands; TIMEOUT is a server that does not answer."""
    names.txt.clear(), names.records.clear(), names.silent.clear()
    for written, rows in zone.items():
        name = written.lower().rstrip(".")
        pairs = [pair for row in rows if row != "TIMEOUT" for pair in row.items()]
        texts = [value for kind, value in pairs if kind == "TXT"] or [value for kind, value in pairs if kind == "SPF"]
        texts = [value for value in texts if value not in ("NONE", "TIMEOUT")]
        if texts:
            names.txt[name] = ["".join(text) for text in texts]
        if any(value == "TIMEOUT" for _, value in pairs) or ("TIMEOUT" in rows and not texts):
            names.silent.add(name)
        for kind, value in pairs:
            if kind == "MX":
                value = f"{value[0]} {value[1].rstrip('.')}."
            elif kind in ("PTR", "CNAME"):
                value = value.rstrip(".") + "."
            if kind not in ("TXT", "SPF") and value != "TIMEOUT":
                names.records.setdefault((name, kind), []).append(value)
