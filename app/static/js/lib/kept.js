// What was made and is not in its box yet, in the IndexedDB database "holdfast-kept" of this phone:
//   whose   one row {lock, box}: who may make something here with no signal
//   kept    {id, lock, half, began, state, head, sent}: a capture; `head` is closed JSON {box, kind, fields, files, stops}
//   pieces  {id, file, n, closed}: one piece of one of its files; the file "route" holds points as JSON
// `id` is a UUIDv7 that the memory will have, so that it is made once however often it is sent. Who works with a capture
// holds the Web Lock `kept:<id>`: the page that records it, or the one that sends it.

import { done, gone, note } from "./database.js";
import { newKey } from "./kept-lock.js";
import { close, open as opened } from "./seal.js";

const STORES = { whose: {}, kept: { keyPath: "id" }, pieces: { keyPath: ["id", "file", "n"] } };
const NAME = "holdfast-kept";
const PIECE = 1024 * 1024;
let database;

function connect() {
  database ??= new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => {
      for (const [name, how] of Object.entries(STORES)) asked.result.createObjectStore(name, how);
    };
    asked.onsuccess = () => {
      asked.result.onversionchange = () => asked.result.close();
      asked.result.onclose = () => (database = undefined);
      resolve(asked.result);
    };
    asked.onerror = () => reject(asked.error);
  }).catch((error) => {
    database = undefined;
    throw error;
  });
  return database;
}

/** Runs `work(store, …)` in one transaction; resolves once what it wrote is on the disk. */
async function within(names, mode, work) {
  const transaction = (await connect()).transaction(names, mode, { durability: "strict" });
  const finished = new Promise((resolve, reject) => {
    transaction.oncomplete = resolve;
    transaction.onabort = transaction.onerror = () => reject(transaction.error);
  });
  const [result] = await Promise.all([work(...names.map((name) => transaction.objectStore(name))), finished]);
  return result;
}

/** Has the worker send what waits as soon as there is a signal, where a browser can. */
function later() {
  const worker = globalThis.registration ?? globalThis.navigator.serviceWorker?.ready;
  Promise.resolve(worker).then((ready) => ready?.sync?.register("kept")).catch(() => {});
}

/** Who may make something on this phone: {lock, box}, or undefined. */
export function whose() {
  return within(["whose"], "readonly", (rows) => done(rows.get("me")));
}

/** From now on it is this person's; nobody's with null. What waits here stays, and where nothing does, nothing stays. */
export async function becomeOf(who) {
  await within(["whose"], "readwrite", (rows) => done(who ? rows.put(who, "me") : rows.delete("me")));
  if (who) return;
  const count = await within(["kept"], "readonly", (rows) => done(rows.count()));
  note(count);
  if (count) return;
  (await connect()).close();
  database = undefined;
  await gone(NAME);
}

/** A UUIDv7 (RFC 9562, 5.7), as the server makes them. */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  new DataView(bytes.buffer).setUint32(0, Math.floor(Date.now() / 65_536));
  new DataView(bytes.buffer).setUint16(4, Date.now() % 65_536);
  bytes[6] = 0x70 | (bytes[6] & 0x0f);
  bytes[8] = 0x80 | (bytes[8] & 0x3f);
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** Does `work(row)` while nobody else has the capture in hand; does nothing while somebody has, or when it is gone. */
export function alone(id, work) {
  return navigator.locks.request(`kept:${id}`, { ifAvailable: true }, async (lock) => {
    const row = lock && (await within(["kept"], "readonly", (rows) => done(rows.get(id))));
    return row && work(row);
  });
}

/** One that is being made. Every write is on the disk when its promise resolves, in the order they were asked for. */
export class Capture {
  #key;
  #count = {};
  #unwritten = {};
  #last = Promise.resolve();

  /** Begins one of this `kind`. `who` is whose() or what a page says of its own person. */
  static async begin({ id = newId(), kind, who, state = "recording" }) {
    const made = new Capture();
    const { key, half } = await newKey(who.lock, id);
    Object.assign(made, { id, box: who.box, row: { id, lock: who.lock, half, began: Date.now(), sent: {} } });
    made.#key = key;
    await made.describe({ kind, state, fields: {}, files: [] });
    note(true);
    navigator.storage?.persist?.();
    return made;
  }

  /**
   * What it is: `fields` as its form has them, `files` [{file, name, type}], `stops` of a walk [{t_s, title, file}].
   * `state`: "recording", "finished" (its person has not said yet that it is to be kept) or "kept". Rejects as well where
   * a piece is still not on the disk.
   */
  describe({ kind, state, fields, files, stops = [] }) {
    return this.#next(async () => {
      const { box, id } = this;
      this.row.state = state;
      const head = new TextEncoder().encode(JSON.stringify({ box, kind, fields, files, stops }));
      this.row.head = await close(this.#key, `${id}/head`, head);
      await within(["kept"], "readwrite", (rows) => done(rows.put(this.row)));
      for (const file of Object.keys(this.#unwritten)) await this.#write(file);
      if (state === "kept") later();
    });
  }

  /** The next piece of a file. One that a full phone would not take is written with the next: no hole is ever left. */
  append(file, blob) {
    return this.#next(() => {
      (this.#unwritten[file] ??= []).push(blob);
      return this.#write(file);
    });
  }

  async #write(file) {
    const { id } = this;
    const n = this.#count[file] ?? 0;
    const bytes = await new Blob(this.#unwritten[file]).arrayBuffer();
    const closed = await close(this.#key, `${id}/${file}/${n}`, bytes);
    await within(["pieces"], "readwrite", (rows) => done(rows.put({ id, file, n, closed })));
    this.#count[file] = n + 1;
    delete this.#unwritten[file];
  }

  #next(work) {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => {});
    return turn;
  }
}

/**
 * Keeps whole files (and `fields`, as their form has them) as one capture, in the `state` that `describe` knows. Resolves
 * once all is on the disk; rejects, and leaves nothing of it there, where that cannot be.
 */
export function keepFiles({ id = newId(), kind, who, fields, files: given = [], state = "kept" }) {
  // Nobody sends half of it meanwhile.
  return navigator.locks.request(`kept:${id}`, async () => {
    const files = given.map(({ name, type }, n) => ({ file: `file-${n}`, name, type }));
    try {
      const capture = await Capture.begin({ id, kind, who, state: "finished" });
      for (const [n, { file }] of files.entries()) {
        for (let at = 0; at < given[n].size; at += PIECE) await capture.append(file, given[n].slice(at, at + PIECE));
      }
      await capture.describe({ kind, state, fields, files });
    } catch (error) {
      await forget(id);
      throw error;
    }
  });
}

/** Those of one person (by their lock), the oldest first. */
export async function waiting(lock) {
  const rows = await within(["kept"], "readonly", (kept) => done(kept.getAll()));
  note(rows.length);
  return rows.filter((row) => row.lock === lock).sort((one, other) => one.began - other.began);
}

/** What is in a capture: its head, and each file of it as bytes; the file "route" as its points. */
export async function contents(row, key) {
  const head = JSON.parse(new TextDecoder().decode(await opened(key, `${row.id}/head`, row.head)));
  const range = IDBKeyRange.bound([row.id], [row.id, []]);
  const pieces = await within(["pieces"], "readonly", (rows) => done(rows.getAll(range)));
  const files = {};
  for (const { file, n, closed } of pieces) {
    files[file] ??= [];
    if (files[file].length === n) files[file].push(await opened(key, `${row.id}/${file}/${n}`, closed));
  }
  const points = (files.route ?? []).flatMap((bytes) => JSON.parse(new TextDecoder().decode(bytes)));
  return { ...head, points, bytes: files };
}

/** Writes down what of it has been sent. */
export function remember(row) {
  return within(["kept"], "readwrite", async (rows) => {
    if (await done(rows.getKey(row.id))) await done(rows.put(row));
  });
}

/** It is in its box, or was let go: nothing of it stays here. */
export async function forget(id) {
  await within(["kept", "pieces"], "readwrite", (kept, pieces) => {
    pieces.delete(IDBKeyRange.bound([id], [id, []]));
    return done(kept.delete(id));
  });
  note(await within(["kept"], "readonly", (rows) => done(rows.count())));
}

