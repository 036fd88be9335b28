// WebAuthn options and answers as JSON (WebAuthn level 3), with our own hand for phones that came before its methods.

import { toBytes, toText } from "./base64url.js";

const withIds = (list = []) => list.map((each) => ({ ...each, id: toBytes(each.id) }));

/** PublicKeyCredentialCreationOptionsJSON to what navigator.credentials.create wants. */
export function creationOptions(json) {
  const { parseCreationOptionsFromJSON: parse } = PublicKeyCredential;
  if (parse) return parse.call(PublicKeyCredential, json);
  return {
    ...json,
    challenge: toBytes(json.challenge),
    user: { ...json.user, id: toBytes(json.user.id) },
    excludeCredentials: withIds(json.excludeCredentials),
  };
}

/** PublicKeyCredentialRequestOptionsJSON to what navigator.credentials.get wants. */
export function requestOptions(json) {
  const { parseRequestOptionsFromJSON: parse } = PublicKeyCredential;
  if (parse) return parse.call(PublicKeyCredential, json);
  return { ...json, challenge: toBytes(json.challenge), allowCredentials: withIds(json.allowCredentials) };
}

/** A credential as RegistrationResponseJSON or AuthenticationResponseJSON. */
export function credentialJson(credential) {
  if (credential.toJSON) return credential.toJSON();
  const { response } = credential;
  const out = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (response[name]) out[name] = toText(response[name]);
  }
  if (response.getTransports) out.transports = response.getTransports();
  return {
    id: credential.id,
    rawId: toText(credential.rawId),
    type: credential.type,
    response: out,
    authenticatorAttachment: credential.authenticatorAttachment ?? undefined,
    clientExtensionResults: credential.getClientExtensionResults(),
  };
}
