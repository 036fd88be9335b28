"""`holdfast app`: what an administrator registers, sees and removes."""

from argparse import Namespace
from pathlib import Path

import pytest

from app.oauth import command
from app.oauth.client import BadRedirect, registered

ABOUT = {
    "name": "A portal",
    "publisher": "A school",
    "purpose": "Sends things.",
    "privacy": "https://portal.example/privacy",
    "scope": ["add:photo"],
    "redirect": ["https://portal.example/back"],
    "public": False,
    "device": False,
}


def run(what: str, **changed: object) -> list[str]:
    said: list[str] = []
    command.run(Namespace(app=what, **{**ABOUT, **changed}), said.append)
    return said


def test_an_app_is_added_listed_and_removed(database: Path) -> None:
    client_id, secret = (line.split()[1] for line in run("add")[:2])
    listed = "\n".join(run("list"))
    assert f"{client_id}  A portal, by A school\n    may ask for add:photo" in listed
    assert secret not in listed
    assert run("remove", client_id=client_id) == ["A portal is out."]
    assert "A portal, by A school, removed on" in "\n".join(run("list"))
    with pytest.raises(ValueError, match="no app with this id"):
        run("remove", client_id="nonsense")
    assert run("add", public=True)[1].endswith("(none: it is public)")


@pytest.mark.parametrize(
    "wrong",
    [
        {"scope": ["read:everything"]},
        {"scope": []},
        {"redirect": []},
        {"privacy": "portal.example"},
        {"redirect": ["http://portal.example/back"]},
        {"redirect": ["https://portal.example/back#x"]},
        {"redirect": ["https://user@portal.example/back"]},
        {"redirect": ["javascript:alert(1)"]},
        {"redirect": ["data:text/html,x"]},
        {"redirect": ["https://portal.example/ü"]},
        {"redirect": ["https:///back"]},
        {"redirect": ["portal"]},
    ],
    ids=str,
)
def test_what_cannot_be_registered(wrong: dict[str, list[str]], database: Path) -> None:
    with pytest.raises(ValueError):
        run("add", **wrong)


def test_an_app_on_a_phone_may_have_a_scheme_of_its_own() -> None:
    given = {"name": "A", "publisher": "B", "purpose": "C", "privacy_url": "https://d.example", "scopes": ["add:photo"]}
    client, secret = registered(**given, redirect_uris=["org.example.portal:/back"], public=True)  # type: ignore[arg-type]
    assert client.public and secret == ""
    with pytest.raises(BadRedirect):
        registered(**given, redirect_uris=["portal:/back"])  # type: ignore[arg-type]
