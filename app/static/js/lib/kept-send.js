// What waits on this phone goes into its box: by tus, then by the very form that a page would have posted. It needs no
// page, so that a service worker can do it too. The memory's id is made of the capture's: sent twice, it is there once.

import { alone, contents, forget, remember, waiting } from "./kept.js";
import { givenKey } from "./kept-lock.js";

const PIECE = 1024 * 1024;
// An answer that is this late will not come; a piece of a file may take longer over a slow signal.
const PATIENCE = 20_000;
const PIECE_PATIENCE = 120_000;
const LONGEST_WAIT = 60_000;
const OCTETS = "application/offset+octet-stream";

/** The way is shut for now: no signal, nobody signed in, or the server is busy. What waits is as safe as before. */
export class NotNow extends Error {}

/** In how many milliseconds to try again after NotNow, by how often it was tried. */
export function soon(tries) {
  return Math.min(LONGEST_WAIT, 1000 * 2 ** tries);
}

async function ask(url, { patience = PATIENCE, headers = {}, ...how } = {}) {
  let answer;
  try {
    const signal = AbortSignal.timeout(patience);
    answer = await fetch(url, { redirect: "manual", credentials: "same-origin", headers, signal, ...how });
  } catch (error) {
    throw new NotNow("no signal", { cause: error });
  }
  const later = answer.status >= 500 || [401, 408, 423, 429].includes(answer.status);
  if (later || answer.type === "opaqueredirect") throw new NotNow(`answered ${answer.status}`);
  return answer;
}

/** Opens a capture: {there} where its memory is made already, or what kept.js's `contents` gives. */
export async function openKept(row) {
  const body = new URLSearchParams({ id: row.id, half: row.half });
  const answer = await ask("/kept/opening", { method: "POST", body });
  if (!answer.ok) throw new NotNow(`answered ${answer.status}`);
  const { there, key } = await answer.json();
  return there ? { there } : contents(row, await givenKey(key));
}

const tus = (more) => ({ "Tus-Resumable": "1.0.0", ...more });
const base64 = (text) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));

/** Sends one file by tus 1.0, on from where it was. `known` is the address it had, `made(url)` hears of a new one. */
async function sendFile(blob, { name, type, box, known, made }) {
  let url = known;
  let offset = null;
  if (url) {
    const answer = await ask(url, { method: "HEAD", headers: tus() });
    offset = answer.ok ? Number(answer.headers.get("Upload-Offset")) : null;
  }
  if (offset === null) {
    const metadata = `filename ${base64(name)},filetype ${base64(type)},box ${base64(box)}`;
    const headers = tus({ "Upload-Length": String(blob.size), "Upload-Metadata": metadata });
    const answer = await ask("/uploads", { method: "POST", headers });
    if (!answer.ok) throw new Refusal(answer.status);
    url = new URL(answer.headers.get("Location"), location.href).pathname;
    offset = 0;
    await made(url);
  }
  while (offset < blob.size) {
    const headers = tus({ "Upload-Offset": String(offset), "Content-Type": OCTETS });
    const body = blob.slice(offset, offset + PIECE);
    const answer = await ask(url, { method: "PATCH", headers, body, patience: PIECE_PATIENCE });
    if (!answer.ok && answer.status !== 409) throw new Refusal(answer.status);
    offset = Number(answer.headers.get("Upload-Offset"));
  }
  return url.split("/").pop();
}

/** The server will not have it as it is; trying again changes nothing. */
class Refusal extends Error {}

async function post(row, { box, kind, fields, stops, points }, ids, changed = {}) {
  const form = new FormData();
  const all = { ...fields, ...changed, once: row.id };
  if (points.length) all.route = JSON.stringify(points);
  if (stops.length) all.stops = JSON.stringify(stops.map((stop) => ({ ...stop, upload: ids[stop.file] ?? null })));
  for (const [name, value] of Object.entries(all)) form.append(name, value);
  const inside = new Set(stops.map((stop) => stop.file));
  for (const [file, id] of Object.entries(ids)) if (!inside.has(file)) form.append("upload", id);
  // Asked by htmx, the server says in words where it would have sent a page.
  return ask(`/boxes/${box}/add/${kind}`, { method: "POST", body: form, headers: { "HX-Request": "true" } });
}

/** Sends one. Resolves with whether a memory was made of it. */
async function sendOne(row) {
  const what = await openKept(row);
  if (what.there) return forget(row.id);
  const files = what.files.filter(({ file }) => what.bytes[file]?.length);
  // A recording that ended before its first second was written is nothing.
  if (what.files.length && !files.length && !what.fields.words) return forget(row.id);
  const ids = {};
  for (const { file, name, type } of files) {
    const made = (url) => remember(Object.assign(row, { sent: { ...row.sent, [file]: url } }));
    const blob = new Blob(what.bytes[file], { type });
    ids[file] = await sendFile(blob, { name, type, box: what.box, known: row.sent[file], made });
  }
  for (const changed of [{}, { when: "unknown" }]) {
    // A phone whose clock runs ahead says a day that has not come: then nobody knows the day.
    const answer = await post(row, what, ids, changed);
    if (answer.status === 204 && answer.headers.get("HX-Redirect")?.startsWith("/memories/")) {
      await forget(row.id);
      return true;
    }
    if (answer.status !== 422) throw new Refusal(answer.status);
  }
  // Perhaps what was sent has waited there for too long: the next time, it is sent again.
  await remember(Object.assign(row, { sent: {} }));
  throw new Refusal(422);
}

/**
 * Sends what waits for the person with this lock, one page or worker at a time: what was kept, what was cut off while it
 * was made, and with `all` also what was finished and left there. Returns {arrived, refused}: how many are in their box
 * now, and how many it would not take. Raises NotNow where the way is shut.
 */
export function sendKept(lock, { all = false } = {}) {
  return navigator.locks.request("kept:sending", async () => {
    const told = { arrived: 0, refused: 0 };
    for (const { id } of await waiting(lock)) {
      await alone(id, async (row) => {
        try {
          if (row.state === "finished" && !all && (await openKept(row)).there === undefined) return;
          if (await sendOne(row)) told.arrived += 1;
        } catch (error) {
          if (error instanceof NotNow) throw error;
          told.refused += 1;
        }
      });
    }
    return told;
  });
}
