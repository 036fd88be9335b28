"""Passkeys: WebAuthn level 3 with discoverable credentials, so nobody types who they are."""

from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import webauthn
from fastapi import Request
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select
from webauthn.helpers import (
    decode_credential_public_key,
    decoded_public_key_to_cryptography,
    options_to_json_dict,
    parse_authentication_credential_json,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from app.kit.config import settings
from app.kit.ids import fingerprint
from app.kit.strength import strong
from app.people import changes
from app.people.challenges import CHALLENGE_TIME, remember
from app.people.door import presenting
from app.people.person import Person
from app.people.sign_in import Passkey

Json = dict[str, Any]

# What the library raises for an answer that is not a good one; it lets Python's own errors through for odd shapes.
_NOT_GOOD = (WebAuthnException, ValueError, TypeError, KeyError, AttributeError, IndexError)


class NotProven(Exception):
    """The answer does not prove what it should."""


class KnownAlready(Exception):
    """This very passkey is stored already."""


def rp_id() -> str:
    """The relying party: the host people type, to which passkeys are bound."""
    return urlsplit(settings().public_url).hostname or "localhost"


def origin() -> str:
    """The one origin whose answers count."""
    parts = urlsplit(settings().public_url)
    return f"{parts.scheme}://{parts.netloc}"


def sign_in_options(
    request: Request, session: Session, *, purpose: str = "sign-in", shared_device: bool = False, next_url: str = "/"
) -> tuple[Json, str]:
    """PublicKeyCredentialRequestOptionsJSON, and the token by which the browser finds its challenge again.

    The device has to check who holds it (a face, a finger, a PIN): that it is there proves nothing.
    """
    options = webauthn.generate_authentication_options(
        rp_id=rp_id(), user_verification=UserVerificationRequirement.REQUIRED, timeout=_milliseconds()
    )
    token = remember(request, session, purpose, options.challenge, shared_device=shared_device, next_url=next_url)
    return options_to_json_dict(options), token


def register_options(request: Request, session: Session, me: Person) -> tuple[Json, str]:
    """PublicKeyCredentialCreationOptionsJSON for the signed-in person, and the token of its challenge."""
    known = session.exec(select(Passkey.credential_id).where(Passkey.person_id == me.id))
    options = webauthn.generate_registration_options(
        rp_id=rp_id(),
        rp_name="Holdfast",
        user_id=me.id.bytes,
        user_name=me.name,
        timeout=_milliseconds(),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=credential) for credential in known],
    )
    return options_to_json_dict(options), remember(request, session, "register", options.challenge)


def who_answered(request: Request, session: Session, answer: Json, challenge: bytes) -> tuple[Passkey, int]:
    """The passkey that signed the challenge, in AuthenticationResponseJSON, and its new sign count. Raises NotProven.

    A count that did not grow may be a copied passkey (WebAuthn 6.1.1), and proves nothing.
    """
    try:
        credential = parse_authentication_credential_json(answer)
        with presenting(request, session, credential.raw_id):
            query = select(Passkey).where(Passkey.credential_print == fingerprint(credential.raw_id))
            passkey = session.exec(query).first()
        if passkey is None or credential.response.user_handle != passkey.person_id.bytes:
            raise NotProven
        done = webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=rp_id(),
            expected_origin=origin(),
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    except _NOT_GOOD:
        raise NotProven from None
    return passkey, done.new_sign_count


def add_passkey(session: Session, person_id: UUID, name: str, answer: Json, challenge: bytes) -> Passkey:
    """Store the new passkey in RegistrationResponseJSON, as the person themselves. Raises NotProven, KnownAlready."""
    try:
        done = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=rp_id(),
            expected_origin=origin(),
            require_user_verification=True,
        )
        key = decoded_public_key_to_cryptography(decode_credential_public_key(done.credential_public_key))
        if not strong(key):
            raise NotProven
    except _NOT_GOOD:
        raise NotProven from None
    passkey = Passkey(
        person_id=person_id,
        credential_id=done.credential_id,
        credential_print=fingerprint(done.credential_id),
        public_key=done.credential_public_key,
        sign_count=done.sign_count,
        name=name,
    )
    try:
        with session.begin_nested():
            changes.begin(session, "passkey")
            session.add(passkey)
    except IntegrityError:
        raise KnownAlready from None
    return passkey


def _milliseconds() -> int:
    return int(CHALLENGE_TIME.total_seconds() * 1000)
