// On a page of somebody who is signed in: asks whether they still are, whenever somebody comes back to it. A page that comes
// out of the browser's memory shows nothing until that is known. One that was left before all of it had come is asked for
// anew: WebKit keeps such a page too, and never runs the scripts that were still on their way.

import { over, stillHere } from "./lib/here.js";

const ASK_EVERY_MS = 5000;
const page = document.documentElement;
let asked = performance.now();
let whole = document.readyState === "complete";
addEventListener("load", () => (whole = true));

/** Shows the page again. While `back` is there no transition begins: one that Hide needs (.away) would last for ever. */
function show() {
  page.classList.replace("gone", "back");
  document.body.getBoundingClientRect();
  page.classList.remove("back");
}

/** Resolves with whether the page may stay. */
async function look() {
  asked = performance.now();
  if ((await stillHere()) !== false) return true;
  await over();
  return false;
}

if (["mine", "shared"].includes(page.dataset.phone)) {
  addEventListener("pagehide", ({ persisted }) => persisted && page.classList.add("gone"));
  addEventListener("pageshow", async ({ persisted }) => {
    if (persisted && !whole) return location.reload();
    if (persisted && (await look())) show();
  });
  for (const [where, what] of [[document, "visibilitychange"], [globalThis, "focus"], [globalThis, "online"]]) {
    where.addEventListener(what, () => {
      if (document.visibilityState === "visible" && performance.now() - asked > ASK_EVERY_MS) look();
    });
  }
}
