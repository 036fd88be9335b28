// IndexedDB, as promises; and the cookie that says whether what was made with no signal waits in one.

const YEAR = 31_536_000;
const JUST_NOW = 10;
// As app/web/cookies.py calls it.
const SECURE = location.protocol === "https:";
const COOKIE = SECURE ? "__Host-kept" : "kept";

/**
 * Says that something waits here, so that pages need not look; or, for a moment, that nothing does: whoever leaves then may
 * have the house clear everything (app/people/devices.py). A phone that died may have lost this, and what waits not.
 */
export function note(any) {
  const said = any ? `1; max-age=${YEAR}` : `0; max-age=${JUST_NOW}`;
  if (globalThis.document) document.cookie = `${COOKIE}=${said}; path=/; samesite=lax${SECURE ? "; secure" : ""}`;
}

/** What a request of IndexedDB answers. Rejects with its error. */
export function done(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** Deletes a database. Resolves as well where it cannot go before another page lets go of it. */
export function gone(name) {
  return new Promise((resolve) => {
    const request = indexedDB.deleteDatabase(name);
    for (const end of ["onsuccess", "onerror", "onblocked"]) request[end] = resolve;
  });
}
