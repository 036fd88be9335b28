// Leaving a phone: what this app keeps in the browser goes.

import { gone, note } from "./database.js";

// What was made with no signal and is not in a box yet: closed to all but its person (kept.js), it waits for them.
const UNSENT = "holdfast-kept";
const PATIENCE_MS = 8000;
const NONE = [];

// A private window may have one of these and not the other.
const databases = async () => (await indexedDB.databases?.().catch(() => NONE)) ?? NONE;
const stores = async () => (await globalThis.caches?.keys().catch(() => NONE)) ?? NONE;
const workers = async () => (await navigator.serviceWorker?.getRegistrations().catch(() => NONE)) ?? NONE;

const unsent = async () => (await databases()).some(({ name }) => name === UNSENT);

/** Nobody makes anything here with no signal any more. */
async function nobodys() {
  if (!(await unsent())) return;
  const { becomeOf } = await import("./kept.js");
  await becomeOf(null);
}

/** Nothing waits here: the answer has the browser throw out the very files of it all (Clear-Site-Data), where it can. */
async function clearedByTheHouse() {
  note(false);
  const signal = AbortSignal.timeout(PATIENCE_MS);
  await fetch("/here", { cache: "no-store", redirect: "manual", signal }).catch(() => {});
}

/** Whether a worker, a cache, a database or a word of ours is here. */
export async function anythingHere() {
  const [worker, kept, named] = await Promise.all([workers(), stores(), databases()]);
  const others = named.filter(({ name }) => name !== UNSENT);
  return worker.length + kept.length + others.length + localStorage.length + sessionStorage.length > 0;
}

/** Empties caches, databases and storage, and takes the worker away. */
export async function leave() {
  localStorage.clear();
  sessionStorage.clear();
  await nobodys().catch(() => {});
  if (!(await unsent())) await clearedByTheHouse();
  const registrations = await workers();
  // A worker that was taken away already still has the pages that it had.
  const active = [navigator.serviceWorker?.controller, ...registrations.map((each) => each.active)];
  for (const worker of active) worker?.postMessage({ leave: true });
  for (const name of await stores()) await caches.delete(name);
  for (const { name } of await databases()) if (name !== UNSENT) await gone(name);
  for (const registration of registrations) await registration.unregister();
}
