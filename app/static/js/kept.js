// <div id="kept" data-kept-for="<lock>" data-kept-box="<uuid>"> on every page of someone on their own phone: what waits
// on this phone goes into their box, and a quiet line says so. Without data-kept-for, nobody may make anything here with
// no signal, and what others made stays closed. Signing out asks first about what is not in its box yet.

const place = document.getElementById("kept");
const { keptFor: lock, keptBox: box } = place?.dataset ?? {};

/** Whether something waits here. The cookie says so at once; a phone that died may have lost it, and what waits not. */
async function something() {
  if (document.cookie.split("; ").some((each) => /^(__Host-)?kept=1$/.test(each))) return true;
  if (!globalThis.indexedDB || !navigator.locks || !localStorage.getItem("kept-for")) return false;
  const count = new Promise((resolve, reject) => {
    const asked = indexedDB.open("holdfast-kept");
    asked.onupgradeneeded = () => asked.transaction.abort();
    asked.onerror = () => reject(asked.error);
    asked.onsuccess = () => {
      const counted = asked.result.transaction("kept").objectStore("kept").count();
      counted.onsuccess = () => resolve(counted.result);
      counted.onerror = () => reject(counted.error);
      asked.result.close();
    };
  });
  return (await count.catch(() => 0)) > 0;
}

/** Says to this phone whose it is. Looked up once: a page must not wait for a database to hear what it knows. */
async function own() {
  if (!globalThis.indexedDB || !navigator.locks) return;
  if (lock && localStorage.getItem("kept-for") === lock) return;
  if (!lock && !(await indexedDB.databases()).some(({ name }) => name === "holdfast-kept")) return;
  const { becomeOf } = await import("./lib/kept.js");
  await becomeOf(lock ? { lock, box } : null);
  if (lock) localStorage.setItem("kept-for", lock);
  else localStorage.removeItem("kept-for");
}

async function send() {
  if (!lock || !(await something())) return;
  try {
    const { showKept } = await import("./lib/kept-line.js");
    await showKept(place, lock);
  } catch {
    // No signal just now: from the next page, or when it is back.
  }
}

/** Asks about what waits here, and has this phone belong to nobody. Resolves with whether to go on signing out. */
async function mayGo() {
  const { mayLeave } = await import("./lib/kept-leaving.js");
  if (lock && (await something()) && !(await mayLeave(lock))) return false;
  const { becomeOf } = await import("./lib/kept.js");
  await becomeOf(null);
  localStorage.removeItem("kept-for");
  return true;
}

let asking = false;
async function ask(event) {
  const form = event.target;
  if (form.getAttribute("action") !== "/sign-out" || event.defaultPrevented) return;
  if (!document.cookie.includes("kept=1") && !localStorage.getItem("kept-for")) return;
  event.preventDefault();
  if (asking) return;
  asking = true;
  // Whatever goes wrong here, whoever wants to leave can: what waits stays closed.
  if (await mayGo().catch(() => true)) form.submit();
  asking = false;
}

own().catch(() => {});
// A page that records has its hands full: what waits goes on from the next one, or when this one lets go of its own.
if (!document.querySelector("form[data-record]")) send();
for (const when of ["kept:free", "kept:changed"]) document.addEventListener(when, send);
addEventListener("online", send);
document.addEventListener("submit", ask, true);
