// Whoever is typing is still here: a sign-in does not end under their hands. While something is typed, the house is asked
// now and then for a page that has nothing in it, which counts as being seen. Nothing that was typed is sent.

const EVERY_MS = 3 * 60 * 1000;
let asked = Date.now();

document.addEventListener("input", () => {
  if (Date.now() - asked < EVERY_MS) return;
  asked = Date.now();
  fetch("/here", { cache: "no-store", redirect: "manual" }).catch(() => {});
});
