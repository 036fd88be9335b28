// A part of the worker: what is shared to the app from a gallery. The files wait in the worker's memory, never on the
// disk, until the page that adds them takes them (take-shared.js) and sends them like files that were chosen there. With
// no signal they are kept on the phone like all that is made there (kept.js), and go in the box by themselves.

import { keepFiles, whose } from "./lib/kept.js";
import { lots, oneMemory } from "./lib/one-memory.js";

const HELD_MS = 120_000;
const PATIENCE_MS = 8000;
const SHARE = "/share";
const held = new Map();

/** Keeps files for a page that asks for them by the name that this gives. `event` keeps the worker alive meanwhile. */
function hold(event, files) {
  const name = crypto.randomUUID();
  held.set(name, files);
  event.waitUntil(new Promise((resolve) => setTimeout(resolve, HELD_MS)).then(() => held.delete(name)));
  return name;
}

/** Keeps files on the phone. Resolves with the page that says so; with undefined where nobody may keep things here. */
async function keepAll(files) {
  const who = await whose();
  if (!who) return undefined;
  for (const { kind, files: some } of lots(files)) {
    await keepFiles({ kind, who, fields: { when: kind === "photo" ? "taken" : "unknown" }, files: some });
  }
  return Response.redirect("/capture", 303);
}

const noSignal = async () => (await caches.match("/no-signal")) ?? Response.error();

async function take(event) {
  const form = await event.request.formData();
  const files = form.getAll("files").filter((file) => file.size);
  const kind = files.length && oneMemory(files);
  if (kind) return Response.redirect(`${SHARE}?held=${hold(event, files)}&kind=${kind}`, 303);
  // What is more than one memory, or nothing at all, is the server's to sort out.
  try {
    return await fetch(SHARE, { method: "POST", body: form, redirect: "manual" });
  } catch {
    return (await keepAll(files).catch(() => undefined)) ?? noSignal();
  }
}

/** On to the page that adds them; where it does not come, they are kept here. */
async function handOn(event, name) {
  try {
    const late = new Promise((_, reject) => setTimeout(reject, PATIENCE_MS));
    return await Promise.race([(async () => (await event.preloadResponse) ?? fetch(event.request))(), late]);
  } catch {
    const files = held.get(name);
    const saved = files && (await keepAll(files).catch(() => undefined));
    if (saved) held.delete(name);
    return saved ?? noSignal();
  }
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname, searchParams } = new URL(request.url);
  if (origin !== self.location.origin || pathname !== SHARE || request.mode !== "navigate") return;
  const name = searchParams.get("held");
  if (request.method === "POST") event.respondWith(take(event));
  else if (name) event.respondWith(handOn(event, name));
  else return;
  event.stopImmediatePropagation();
});

self.addEventListener("message", (event) => {
  const { hold: files, held: name } = event.data ?? {};
  if (files) event.ports[0].postMessage({ held: hold(event, files), kind: oneMemory(files) });
  if (!name) return;
  event.ports[0].postMessage({ files: held.get(name) ?? [] });
  held.delete(name);
});
