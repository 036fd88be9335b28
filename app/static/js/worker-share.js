// A part of the worker: what is shared to the app from a gallery. The files wait in the worker's memory, never on the
// disk, until the page that adds them takes them (take-shared.js) and sends them like files that were chosen there. With
// no signal they are kept on this phone (lib/kept.js), closed to all but whose phone it is.

import { keepFiles, whose } from "./lib/kept.js";
import { oneMemory } from "./lib/one-memory.js";

const HELD_MS = 120_000;
const held = new Map();

/** Keeps files for a page that asks for them by the name that this gives. `event` keeps the worker alive meanwhile. */
function hold(event, files) {
  const name = crypto.randomUUID();
  held.set(name, files);
  event.waitUntil(
    new Promise((resolve) => setTimeout(resolve, HELD_MS)).then(() => held.delete(name)),
  );
  return name;
}

async function take(event) {
  const form = await event.request.formData();
  const files = form.getAll("files").filter((file) => file.size);
  const kind = files.length && oneMemory(files);
  const who = kind && !navigator.onLine && (await whose());
  if (who) {
    await keepFiles({ kind, who, fields: { when: kind === "photo" ? "taken" : "unknown" }, files });
    return Response.redirect("/capture", 303);
  }
  // What is more than one memory, or nothing at all, is the server's to sort out.
  if (!kind) return fetch("/share", { method: "POST", body: form, redirect: "manual" });
  return Response.redirect(`/share?held=${hold(event, files)}&kind=${kind}`, 303);
}

self.addEventListener("fetch", (event) => {
  const { origin, pathname } = new URL(event.request.url);
  if (event.request.method !== "POST" || origin !== self.location.origin || pathname !== "/share") return;
  event.stopImmediatePropagation();
  event.respondWith(take(event).catch(() => Response.redirect("/share", 303)));
});

self.addEventListener("message", (event) => {
  const { hold: files, held: name } = event.data ?? {};
  if (files) event.ports[0].postMessage({ held: hold(event, files), kind: oneMemory(files) });
  if (!name) return;
  event.ports[0].postMessage({ files: held.get(name) ?? [] });
  held.delete(name);
});
