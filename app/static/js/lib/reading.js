// What this phone keeps to be read with no signal, sealed (AES-GCM-256, NIST SP 800-38D) under a key of one sign-in.
//
// The key comes from the server while signed in. With no signal it has to come from the phone itself, so it stays in the
// same database as a key that no script can read out, with the moment when the sign-in ends: after that, and when anybody
// signs out here, all of it is deleted. This keeps words and pictures out of the files of the browser and out of what is
// left of them when they are deleted. It does not stop somebody who takes the phone apart while the sign-in lasts: for that
// there is the phone's own lock, and "Lock out" on another device, which takes everything from here at the next contact.

import { toBytes } from "./base64url.js";
import { done, gone } from "./database.js";
import { close, open } from "./seal.js";

const NAME = "holdfast-reading";
const FLAG = "holdfast-reading";

async function opened() {
  const request = indexedDB.open(NAME, 1);
  request.onupgradeneeded = () => {
    for (const store of ["key", "things", "files"]) request.result.createObjectStore(store);
  };
  const database = await done(request);
  database.onversionchange = () => database.close();
  return database;
}

async function using(stores, mode, work) {
  const database = await opened();
  try {
    const transaction = database.transaction(stores, mode, { durability: "relaxed" });
    const result = await work(...stores.map((store) => transaction.objectStore(store)));
    await new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = () => reject(transaction.error);
    });
    return result;
  } finally {
    database.close();
  }
}

/** Whether it is turned on here. */
export const isOn = () => localStorage.getItem(FLAG) === "on";

/** Deletes everything, the key first. */
export async function forget() {
  localStorage.removeItem(FLAG);
  await using(["key"], "readwrite", (key) => done(key.clear())).catch(() => {});
  await gone(NAME);
}

/** Turns it on: fetches the key of this sign-in. Throws when it may not be. */
export async function turnOn() {
  const answer = await fetch("/offline/key", { cache: "no-store" });
  if (!answer.ok) throw new Error(String(answer.status));
  const { key, of, until } = await answer.json();
  const bytes = toBytes(key);
  const mine = await crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"]);
  bytes.fill(0);
  await using(["key"], "readwrite", (store) => done(store.put({ key: mine, of, until }, "now")));
  localStorage.setItem(FLAG, "on");
}

/** The key and what goes with it, or null. When its sign-in is over, everything goes. */
async function current() {
  if (!isOn()) return null;
  const now = await using(["key"], "readonly", (store) => done(store.get("now")));
  if (now && now.until > Date.now()) return now;
  await forget();
  return null;
}

/** Ids of what is kept. */
export async function held() {
  return (await current()) ? using(["things"], "readonly", (things) => done(things.getAllKeys())) : [];
}

/** Fetches one memory and keeps it, in place of an older copy. Throws when it cannot be had. */
export async function keep(id) {
  const now = await current();
  if (!now) throw new Error("off");
  const answer = await fetch(`/offline/memories/${id}`, { cache: "no-store" });
  if (!answer.ok) throw new Error(String(answer.status));
  const thing = await answer.json();
  const files = [];
  for (const part of thing.parts) {
    if (!part.file) continue;
    const file = await fetch(part.file, { cache: "no-store" });
    if (!file.ok) throw new Error(String(file.status));
    const name = `${id} ${files.length}`;
    part.type = file.headers.get("Content-Type");
    files.push([name, await close(now.key, name, await file.arrayBuffer())]);
    part.file = name;
  }
  const sealed = await close(now.key, id, new TextEncoder().encode(JSON.stringify(thing)));
  if (!isOn()) throw new Error("off"); // it was turned off meanwhile
  // In one step: where there is no room for the newer copy, the older one stays.
  await using(["things", "files"], "readwrite", (things, kept) =>
    Promise.all([
      done(kept.delete(filesOf(id))),
      done(things.put(sealed, id)),
      ...files.map(([name, file]) => done(kept.put(file, name))),
    ]),
  );
}

const filesOf = (id) => IDBKeyRange.bound(`${id} `, `${id} \uffff`);

/** Takes these away. */
export async function letGo(ids) {
  await using(["things", "files"], "readwrite", (things, files) =>
    Promise.all(ids.flatMap((id) => [done(things.delete(id)), done(files.delete(filesOf(id)))])),
  );
}

/** All that is kept and opens: each as the server told it, its `file`s still names for `file()`. Newest first. */
export async function all() {
  const now = await current();
  if (!now) return [];
  const [ids, sealed] = await using(["things"], "readonly", (things) =>
    Promise.all([done(things.getAllKeys()), done(things.getAll())]),
  );
  const opened = ids.map(async (id, at) => JSON.parse(new TextDecoder().decode(await open(now.key, id, sealed[at]))));
  const settled = await Promise.allSettled(opened);
  return settled.flatMap(({ value }) => value ?? []).reverse();
}

/** One file that is kept, opened, as a Blob of this type. */
export async function file(name, type) {
  const now = await current();
  const sealed = now && (await using(["files"], "readonly", (files) => done(files.get(name))));
  if (!sealed) throw new Error("gone");
  return new Blob([await open(now.key, name, sealed)], { type });
}

/** At each contact: what may not be held any more goes (all of it, when it was another sign-in's). */
export async function agree() {
  const now = await current();
  if (!now) return;
  const ids = await held();
  let answer;
  try {
    answer = await fetch("/offline/still", {
      method: "POST",
      cache: "no-store",
      redirect: "manual",
      body: new URLSearchParams([["of", now.of], ...ids.map((id) => ["id", id])]),
    });
  } catch {
    return; // no signal: no contact
  }
  if (answer.status >= 500 || answer.status === 429) return;
  if (answer.status !== 200) return forget();
  const { still, until } = await answer.json();
  const others = ids.filter((id) => !still.includes(id));
  if (others.length) await letGo(others);
  if (isOn()) await using(["key"], "readwrite", (store) => done(store.put({ ...now, until }, "now")));
}
