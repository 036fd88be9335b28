// The page /capture: words and photos kept on this phone (sound is record-audio.js's), how many wait, and their going
// once there is a signal. Its words are data attributes of [data-capture-says].

import { typed } from "./lib/keeping.js";
import { Capture, waiting, whose } from "./lib/kept.js";
import { sendKept } from "./lib/kept-send.js";

const AGAIN = 30_000;
const PIECE = 1024 * 1024;
const says = document.querySelector("[data-capture-says]");
let who;
let timer;

function say(name, count) {
  says.textContent = says.dataset[name].replace("%(count)s", count);
}

/** Keeps what a form holds. Resolves once all of it is on the disk. */
async function keep(form) {
  const kind = form.dataset.captureKind;
  const chosen = [...(form.querySelector("input[type=file]")?.files ?? [])];
  const files = chosen.map((file, n) => ({ file: `file-${n}`, name: file.name, type: file.type }));
  const what = { kind, fields: typed(form), files };
  const capture = await Capture.begin({ kind, who, state: "finished" });
  for (const [n, { file }] of files.entries()) {
    for (let at = 0; at < chosen[n].size; at += PIECE) await capture.append(file, chosen[n].slice(at, at + PIECE));
  }
  await capture.describe({ ...what, state: "kept" });
}

async function send() {
  clearTimeout(timer);
  try {
    const { arrived } = await sendKept(who.lock);
    const left = (await waiting(who.lock)).length;
    if (arrived && !left) say("sent");
    else if (left) say("here", left);
  } catch {
    timer = setTimeout(send, AGAIN);
    say(navigator.onLine ? "here" : "kept", (await waiting(who.lock)).length);
  }
}

async function tell() {
  const rows = await waiting(who.lock);
  say(rows.length ? "here" : "nothing", rows.length);
}

async function begin() {
  who = globalThis.indexedDB && navigator.locks && (await whose().catch(() => null));
  if (!who) return say("nobody");
  const day = new Date(Date.now() - new Date().getTimezoneOffset() * 60_000).toISOString().slice(0, 10);
  for (const field of document.querySelectorAll("[name=when_day]")) field.value = day;
  document.querySelector("[data-capture]").hidden = false;
  await tell();
  for (const form of document.querySelectorAll("form[data-capture-kind]")) {
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      try {
        await keep(form);
      } catch {
        return say("failed");
      }
      form.reset();
      await send();
    });
  }
  document.addEventListener("kept:free", () => {
    document.querySelector("[data-capture-more]").hidden = false;
    send();
  });
  addEventListener("online", send);
  await send();
}

begin();
