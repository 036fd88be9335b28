"""The settings file of sign-in with what you have: what each known provider needs, and what is no setting."""

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc import jwt
from joserfc.jwk import ECKey

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


@pytest.mark.parametrize("issuer", ["http://evil.example", "ftp://x", "https://", "https://user@host"])
def test_an_issuer_that_can_be_overheard_is_no_setting(
    issuer: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "with.toml").write_text(f'[x]\nname = "X"\nissuer = "{issuer}"\nclient_id = "x"\n')
    monkeypatch.setattr(settings(), "sign_in_with", tmp_path / "with.toml")
    with pytest.raises(ValueError, match="https address"):
        providers.providers()
