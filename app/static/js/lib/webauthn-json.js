// WebAuthn options and answers as JSON (WebAuthn level 3), with our own hand for phones that came before its methods.

function bytes(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0)).buffer;
}

function text(buffer) {
  const plain = btoa(String.fromCharCode(...new Uint8Array(buffer)));
  return plain.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

const withIds = (list = []) => list.map((each) => ({ ...each, id: bytes(each.id) }));

/** PublicKeyCredentialCreationOptionsJSON to what navigator.credentials.create wants. */
export function creationOptions(json) {
  const { parseCreationOptionsFromJSON: parse } = PublicKeyCredential;
  if (parse) return parse.call(PublicKeyCredential, json);
  return {
    ...json,
    challenge: bytes(json.challenge),
    user: { ...json.user, id: bytes(json.user.id) },
    excludeCredentials: withIds(json.excludeCredentials),
  };
}

/** PublicKeyCredentialRequestOptionsJSON to what navigator.credentials.get wants. */
export function requestOptions(json) {
  const { parseRequestOptionsFromJSON: parse } = PublicKeyCredential;
  if (parse) return parse.call(PublicKeyCredential, json);
  return { ...json, challenge: bytes(json.challenge), allowCredentials: withIds(json.allowCredentials) };
}

/** A credential as RegistrationResponseJSON or AuthenticationResponseJSON. */
export function credentialJson(credential) {
  if (credential.toJSON) return credential.toJSON();
  const { response } = credential;
  const out = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (response[name]) out[name] = text(response[name]);
  }
  if (response.getTransports) out.transports = response.getTransports();
  return {
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    response: out,
    authenticatorAttachment: credential.authenticatorAttachment ?? undefined,
    clientExtensionResults: credential.getClientExtensionResults(),
  };
}
