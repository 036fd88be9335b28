// Leaving a phone: what this app keeps in the browser goes.

// What was made with no signal and is not in a box yet: closed to all but its person (kept.js), it waits for them.
const UNSENT = "holdfast-kept";

const gone = (name) =>
  new Promise((resolve) => {
    const request = indexedDB.deleteDatabase(name);
    for (const end of ["onsuccess", "onerror", "onblocked"]) request[end] = resolve;
  });

/** Nobody makes anything here with no signal any more. */
async function nobodys() {
  if (!((await indexedDB.databases?.()) ?? []).some(({ name }) => name === UNSENT)) return;
  const { becomeOf } = await import("./kept.js");
  await becomeOf(null).catch(() => {});
}

/** Whether a worker, a cache, a database or a word of ours is here. */
export async function anythingHere() {
  const [worker, stores, databases] = await Promise.all([
    navigator.serviceWorker?.getRegistration(),
    globalThis.caches?.keys() ?? [],
    indexedDB.databases?.() ?? [],
  ]);
  return Boolean(
    worker || stores.length || databases.some(({ name }) => name !== UNSENT) || localStorage.length + sessionStorage.length,
  );
}

/** Empties caches, databases and storage, and takes the worker away. */
export async function leave() {
  localStorage.clear();
  sessionStorage.clear();
  await nobodys();
  const registrations = (await navigator.serviceWorker?.getRegistrations()) ?? [];
  for (const registration of registrations) registration.active?.postMessage({ leave: true });
  for (const name of (await globalThis.caches?.keys()) ?? []) await caches.delete(name);
  for (const { name } of (await indexedDB.databases?.()) ?? []) if (name !== UNSENT) await gone(name);
  for (const registration of registrations) await registration.unregister();
}
