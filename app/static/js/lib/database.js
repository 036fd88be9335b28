// IndexedDB, as promises.

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
