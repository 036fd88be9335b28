"""The settings file of sign-in with what you have: what each known provider needs, and what is no setting."""

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from app.kit.config import settings
from app.people import openid, providers
from tests.people.elsewhere import pem


def test_what_each_known_provider_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "apple.p8").write_bytes(pem(ec.generate_private_key(ec.SECP256R1())))
    file = tmp_path / "with.toml"
    file.write_text(
        '[google]\nclient_id = "g"\nclient_secret = "s"\n[microsoft]\nclient_id = "m"\nclient_secret = "s"\n'
        '[apple]\nclient_id = "a"\nteam_id = "TEAM"\nkey_id = "KEY"\nprivate_key = "apple.p8"\n'
        '[one-login]\nclient_id = "o"\nprivate_key = "apple.p8"\n'
    )
    monkeypatch.setattr(settings(), "sign_in_with", file)
    known = providers.providers()
    assert list(known) == ["google", "microsoft", "apple", "one-login"]
    tenant = "11111111-2222-3333-4444-555555555555"
    assert known["microsoft"].discovery_url.startswith("https://login.microsoftonline.com/common/v2.0/")
    assert known["microsoft"].is_issuer(f"https://login.microsoftonline.com/{tenant}/v2.0")
    for no in ("https://login.microsoftonline.com/common/v2.0", f"https://evil.example/{tenant}/v2.0", "", None):
        assert not known["microsoft"].is_issuer(no)
    secret, method, _ = openid._how_we_prove_it(known["apple"], {"token_endpoint": "x"})
    assert method == "client_secret_post" and secret is not None
    signed = jwt.decode(secret, ECKey.import_key((tmp_path / "apple.p8").read_bytes()), algorithms=["ES256"])
    told = {name: signed.claims[name] for name in ("iss", "sub", "aud")}
    assert told == {"iss": "TEAM", "sub": "a", "aud": "https://appleid.apple.com"} and signed.header["kid"] == "KEY"
    assert signed.claims["exp"] - signed.claims["iat"] == 300
    _, method, more = openid._how_we_prove_it(known["one-login"], {"token_endpoint": "https://t.example"})
    claims = jwt.decode(
        more["client_assertion"], ECKey.import_key((tmp_path / "apple.p8").read_bytes()), algorithms=["ES256"]
    ).claims
    assert method == "none" and claims["aud"] == "https://t.example" and claims["iss"] == claims["sub"] == "o"
    assert json.dumps(known["one-login"].vtr) == '["Cl.Cm"]'


def test_a_short_key_of_ours_is_no_setting_and_a_long_one_signs_with_pss(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "with.toml"
    file.write_text('[one-login]\nclient_id = "o"\nprivate_key = "own.pem"\n')
    monkeypatch.setattr(settings(), "sign_in_with", file)
    own = tmp_path / "own.pem"
    own.write_bytes(pem(rsa.generate_private_key(65537, 1024)))
    with pytest.raises(ValueError, match="under 2048 bits"):
        providers.providers()
    own.write_bytes(pem(rsa.generate_private_key(65537, 2048)))
    _, _, more = openid._how_we_prove_it(providers.providers()["one-login"], {"token_endpoint": "https://t.example"})
    assertion = jwt.decode(more["client_assertion"], RSAKey.import_key(own.read_bytes()), algorithms=["PS256"])
    assert assertion.claims["sub"] == "o"


@pytest.mark.parametrize("issuer", ["http://evil.example", "ftp://x", "https://", "https://user@host"])
def test_an_issuer_that_can_be_overheard_is_no_setting(
    issuer: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "with.toml").write_text(f'[x]\nname = "X"\nissuer = "{issuer}"\nclient_id = "x"\n')
    monkeypatch.setattr(settings(), "sign_in_with", tmp_path / "with.toml")
    with pytest.raises(ValueError, match="https address"):
        providers.providers()
