// <html data-phone="mine | shared | nobody">: on one's own phone the worker starts; on a phone that is someone else's, and
// where nobody is signed in any more, nothing of ours stays. A page that does not know says nothing of it.
// [data-new-things="<number>"]: how many new things the picture on the home screen shows. Never what they are.

// In which language and under which name the worker keeps its pages.
const KEPT_AS = "kept-as";

const { phone } = document.documentElement.dataset;

// register() takes no plain text where Trusted Types are asked for: this one address, and no other, may be a worker.
const address = () =>
  globalThis.trustedTypes
    ? trustedTypes.createPolicy("worker", { createScriptURL: () => "/worker.js" }).createScriptURL("")
    : "/worker.js";

async function start() {
  try {
    await navigator.serviceWorker.register(address(), { scope: "/", type: "module", updateViaCache: "none" });
    const { active } = await navigator.serviceWorker.ready;
    const now = [document.documentElement.lang, document.title.split(" · ").pop()].join();
    active.postMessage({ stay: true, anew: localStorage.getItem(KEPT_AS) !== now });
    localStorage.setItem(KEPT_AS, now);
  } catch {
    // A browser that cannot, or no signal just now: every page works without it.
  }
}

async function tidy() {
  const { anythingHere, leave } = await import("./lib/leave.js");
  if (await anythingHere()) await leave();
}

function badge() {
  const place = document.querySelector("[data-new-things]");
  if (!place || !navigator.setAppBadge) return;
  const count = Number(place.dataset.newThings);
  (count ? navigator.setAppBadge(count) : navigator.clearAppBadge()).catch(() => {});
}

// After what the page itself needs.
function begin() {
  if (phone === "mine" && navigator.serviceWorker) start();
  if (phone === "mine") badge();
  else if (phone) {
    navigator.clearAppBadge?.().catch(() => {});
    tidy();
  }
}
if (phone !== "mine" || document.readyState === "complete") begin();
else addEventListener("load", () => setTimeout(begin), { once: true });
