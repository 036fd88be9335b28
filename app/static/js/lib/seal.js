// AES-256-GCM (NIST SP 800-38D) with a name that has to be said again to open what was closed under it.

const NONCE = 12;

const under = (iv, name) => ({ name: "AES-GCM", iv, additionalData: new TextEncoder().encode(name) });

/** Closes `bytes` under `name`. An ArrayBuffer: nonce (96 bits, random), ciphertext, tag. */
export async function close(key, name, bytes) {
  const iv = crypto.getRandomValues(new Uint8Array(NONCE));
  return new Blob([iv, await crypto.subtle.encrypt(under(iv, name), key, bytes)]).arrayBuffer();
}

/** What `close` closed. Rejects where a byte, the name or the key is another. */
export function open(key, name, closed) {
  return crypto.subtle.decrypt(under(closed.slice(0, NONCE), name), key, closed.slice(NONCE));
}
