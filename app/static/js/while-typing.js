// Whoever is typing is still here: a sign-in does not end under their hands. While something is typed, the house is asked
// now and then for a page that has nothing in it, which counts as being seen. Nothing that was typed is sent by that.
// And what was typed is not lost. It is sent only once it is known that it can arrive: with no signal the page stays as it
// is, and says so. Where the sign-in is over, new words wait on one's own phone, closed, until their person comes in.

import { beforeGoing, over, stillHere } from "./lib/here.js";

const EVERY_MS = 3 * 60 * 1000;
const ADDS = /^\/add\/(\w+)$/;
const typedIn = new Set();
let asked = Date.now();
let held = null;
let passed = null;

document.addEventListener("input", ({ target }) => {
  if (target.form?.method === "post" && target.matches("textarea, .field")) typedIn.add(target.form);
  if (Date.now() - asked < EVERY_MS) return;
  asked = Date.now();
  stillHere();
});

async function hold(form, button) {
  held = form;
  button?.setAttribute("aria-disabled", "true");
  const here = await stillHere();
  button?.removeAttribute("aria-disabled");
  held = null;
  if (here === false) return over();
  if (here === null) return document.dispatchEvent(new Event("lost-signal"));
  passed = form;
  form.requestSubmit(button);
  passed = null;
}

// Before any other script hears of it. A recording has a way of its own (record-audio.js).
document.addEventListener(
  "submit",
  (event) => {
    const form = event.target;
    if (passed === form || !typedIn.has(form) || form.hasAttribute("data-record")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (held !== form) hold(form, event.submitter);
  },
  { capture: true },
);

beforeGoing.add(async () => {
  const { keptFor: lock, keptBox: box } = document.getElementById("kept")?.dataset ?? {};
  const added = [...typedIn].filter((form) => ADDS.test(form.getAttribute("action")) && form.elements.words?.value.trim());
  if (!lock || !added.length) return;
  const [{ typed }, { keepFiles }] = await Promise.all([import("./lib/keeping.js"), import("./lib/kept.js")]);
  for (const form of added) {
    const kind = form.querySelector("input[type=file]") ? "message" : ADDS.exec(form.getAttribute("action"))[1];
    await keepFiles({ id: form.elements.once?.value || undefined, kind, who: { lock, box }, fields: typed(form), state: "finished" });
  }
});
