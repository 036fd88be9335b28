// On a page of somebody who is signed in: asks whether they still are, whenever somebody comes back to it. A page that comes
// out of the browser's memory shows nothing until that is known.

const ASK_EVERY_MS = 5000;
const page = document.documentElement;
let asked = performance.now();

async function look() {
  asked = performance.now();
  let answer;
  try {
    answer = await fetch("/here", { cache: "no-store", redirect: "manual" });
  } catch {
    return; // no signal: nothing can be known now
  }
  if (answer.status === 401) {
    page.classList.add("gone");
    location.replace("/sign-in");
  }
}

if (["mine", "shared"].includes(page.dataset.phone)) {
  addEventListener("pagehide", ({ persisted }) => persisted && page.classList.add("gone"));
  addEventListener("pageshow", async ({ persisted }) => {
    if (!persisted) return;
    await look();
    if (!location.pathname.startsWith("/sign-in")) page.classList.remove("gone");
  });
  for (const [where, what] of [[document, "visibilitychange"], [globalThis, "focus"], [globalThis, "online"]]) {
    where.addEventListener(what, () => {
      if (document.visibilityState === "visible" && performance.now() - asked > ASK_EVERY_MS) look();
    });
  }
}
