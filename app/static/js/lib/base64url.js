// Bytes as URL-safe base64 without padding (RFC 4648, 5).

/** A buffer, or a view of one, as text. */
export function toText(bytes) {
  const plain = btoa(String.fromCharCode(...new Uint8Array(bytes)));
  return plain.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** Text as a Uint8Array; padding, and base64 that is not URL-safe, are read as well. */
export function toBytes(text) {
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
}
