// The lock on what waits on this phone. The phone has only the public half of its person's key (P-256), so it can close a
// capture and never open one again: that takes the key of this one capture, which app/people/kept_key.py gives to the
// person who is signed in. Each capture has a key pair of its own; its private half is forgotten when the page goes.
//
// What it is good for: whoever has the phone, or a copy of its storage, and is not signed in as that person finds sizes
// and times and nothing else. What it cannot do: while they are signed in, a program that runs as this browser reads what
// they read; and the page that records holds the sound open in memory until it is closed.

import { toBytes, toText } from "./base64url.js";

const CURVE = { name: "ECDH", namedCurve: "P-256" };

/** A key for a new capture `id` that only the holder of `lock` can make again: {key, half}. Both texts are base64url. */
export async function newKey(lock, id) {
  const theirs = await crypto.subtle.importKey("raw", toBytes(lock), CURVE, false, []);
  const own = await crypto.subtle.generateKey(CURVE, false, ["deriveBits"]);
  const shared = await crypto.subtle.deriveBits({ name: "ECDH", public: theirs }, own.privateKey, 256);
  const secret = await crypto.subtle.importKey("raw", shared, "HKDF", false, ["deriveKey"]);
  const salt = new Uint8Array(32);
  const how = { name: "HKDF", hash: "SHA-256", salt, info: new TextEncoder().encode(`holdfast kept ${id}`) };
  const key = await crypto.subtle.deriveKey(how, secret, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
  return { key, half: toText(await crypto.subtle.exportKey("raw", own.publicKey)) };
}

/** The key that /kept/opening gave. */
export function givenKey(text) {
  return crypto.subtle.importKey("raw", toBytes(text), "AES-GCM", false, ["decrypt"]);
}
