// The page /capture: words and photos kept on this phone (sound is record-audio.js's), how many wait, and their going
// once there is a signal. Its words are data attributes of [data-capture-says].

import { typed } from "./lib/keeping.js";
import { keepFiles, waiting, whose } from "./lib/kept.js";
import { sendKept, soon } from "./lib/kept-send.js";

const says = document.querySelector("[data-capture-says]");
let who;
let timer;
let tries = 0;

function say(name, count) {
  says.textContent = says.dataset[name].replace("%(count)s", count);
}

/** Keeps what a form holds. */
function keep(form) {
  const files = [...(form.querySelector("input[type=file]")?.files ?? [])];
  return keepFiles({ kind: form.dataset.captureKind, who, fields: typed(form), files });
}

async function send() {
  clearTimeout(timer);
  try {
    const { arrived } = await sendKept(who.lock);
    tries = 0;
    const left = (await waiting(who.lock)).length;
    if (arrived && !left) say("sent");
    else if (left) say("here", left);
  } catch {
    timer = setTimeout(send, soon(tries++));
    say(navigator.onLine ? "here" : "nosignal", (await waiting(who.lock)).length);
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
    let busy = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (busy) return;
      busy = true;
      try {
        await keep(form);
      } catch {
        return say("failed");
      } finally {
        busy = false;
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
