"""What an app asks for, as parameters: what may stand in them, before anything else is looked at."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from authlib.oauth2 import OAuth2Error, OAuth2Request
from authlib.oauth2.rfc6749 import InvalidRequestError, OAuth2Payload
from authlib.oauth2.rfc6749.util import extract_basic_authorization

from app.kit.config import settings

# What goes round by way of a sign-in has to fit into its `next` (app/people/next_page.py).
MOST_IN_AN_ADDRESS = 1500
MOST_IN_A_VALUE = 1024
MOST_PUSHED = 4096
MANY = frozenset({"resource"})
KNOWN = (
    "client_id", "response_type", "response_mode", "redirect_uri", "scope", "state", "prompt", "resource",
    "code_challenge", "code_challenge_method",
)  # fmt: skip
# RFC 6749, appendix A: NQCHAR and the space between scopes. Only an app's own `state` may hold anything else.
_PLAIN = re.compile(r"[\x20-\x21\x23-\x5b\x5d-\x7e]*")
REQUEST_URI = "urn:ietf:params:oauth:request_uri:"


class InvalidTarget(OAuth2Error):  # type: ignore[misc]
    """RFC 8707, 2: the resource is not one of ours."""

    error = "invalid_target"
    description = "The only resource here is the API of this box."


class InteractionRequired(OAuth2Error):  # type: ignore[misc]
    """Nothing is decided without a person: `prompt=none` cannot be answered otherwise."""

    error = "interaction_required"
    description = "A person decides this each time."


class RequestNotSupported(OAuth2Error):  # type: ignore[misc]
    """OpenID Connect Core 3.1.2.6: requests by value are not taken; push them (RFC 9126)."""

    error = "request_not_supported"


class _Payload(OAuth2Payload):  # type: ignore[misc]
    def __init__(self, pairs: Sequence[tuple[str, str]]) -> None:
        self._lists: defaultdict[str, list[str]] = defaultdict(list)
        for name, value in pairs:
            self._lists[name].append(value)
        self._data = {name: values[-1] for name, values in self._lists.items()}

    @property
    def data(self) -> dict[str, str]:
        return self._data

    @property
    def datalist(self) -> defaultdict[str, list[str]]:
        return self._lists


class Asked(OAuth2Request):  # type: ignore[misc]
    """A request as Authlib wants it, from wherever its parameters came: an address, a form, a pushed request."""

    def __init__(
        self, method: str, path: str, pairs: Sequence[tuple[str, str]], headers: Mapping[str, str] | None = None
    ) -> None:
        """Raises OAuth2Error where our own address is not one that OAuth may be spoken at."""
        super().__init__(method, settings().public_url + path, headers=headers or {})
        self.payload = _Payload(pairs)

    @property
    def args(self) -> dict[str, str]:
        return dict(self.payload.data)

    @property
    def form(self) -> dict[str, str]:
        return dict(self.payload.data)

    def get(self, name: str) -> str:
        """One parameter, "" when it is not there."""
        return str(self.payload.data.get(name, ""))

    def check_plain(self) -> None:
        """Each parameter once (RFC 6749, 3.1 and 3.2), in letters that belong there, not longer than anyone needs.

        Raises InvalidRequestError.
        """
        for name, values in self.payload.datalist.items():
            if len(values) > 1 and name not in MANY:
                raise InvalidRequestError("A parameter is there more than once.")
            if len(name) > MOST_IN_A_VALUE or any(len(value) > MOST_IN_A_VALUE for value in values):
                raise InvalidRequestError("A parameter is too long.")
            if not all(value.isprintable() and (name == "state" or _PLAIN.fullmatch(value)) for value in values):
                raise InvalidRequestError("A parameter holds what has no place in it.")

    def check_proof(self) -> None:
        """Who asks is proved in one way and no other (RFC 6749, 2.3). Raises InvalidRequestError."""
        named, _ = extract_basic_authorization(self.headers)
        if named is not None and (self.get("client_secret") or self.get("client_id") not in ("", named)):
            raise InvalidRequestError("The app says in two ways who it is.")

    def check_resource(self) -> None:
        """RFC 8707: every resource that is named is our API. Raises InvalidTarget."""
        if any(each != resource() for each in self.payload.datalist.get("resource", [])):
            raise InvalidTarget


def issuer() -> str:
    """Our name as an authorization server (RFC 8414, 2)."""
    return settings().public_url


def resource() -> str:
    """The name of what tokens are good for (RFC 8707)."""
    return f"{settings().public_url}/api/v1"


def as_pairs(details: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Parameters that were kept as a mapping, as they came."""
    return [
        (name, value)
        for name, values in details.items()
        for value in (values if isinstance(values, list) else [str(values)])
    ]


def as_details(asked: Asked) -> dict[str, list[str]]:
    """The other way round: of the parameters that mean something here (RFC 6749, 3.1), each value once.

    Raises InvalidRequestError for more than a request can need.
    """
    lists = asked.payload.datalist
    kept = {name: list(dict.fromkeys(lists[name])) for name in KNOWN if name in lists}
    if sum(len(value) for values in kept.values() for value in values) > MOST_PUSHED:
        raise InvalidRequestError("These parameters are too long together.")
    return kept
