// The service worker. It keeps the shell: files and pages that are the same for everybody. Pages of a box come from the
// server each time and are never kept; where they cannot come, a page of the shell says so. Everything else (pictures,
// uploads, the API, what forms send) passes by it untouched.

const SHELL = "shell-";
const LONGEST_MS = 90_000;
const FILE_MS = 1500;

/** Starts the worker. `files` and `pages` are addresses to keep; `noSignal` and `slow` are two of the pages. */
export function serve({ version, files, pages, noSignal, slow, slowMs }) {
  const name = SHELL + version;
  const patient = new Set();
  let left = false;

  const kept = async (address, options) => (await caches.open(name)).match(address, options);

  async function keepShell() {
    const cache = await caches.open(name);
    await Promise.all([
      ...files.map((address) => cache.add(address)),
      // A page is fetched anew: an address without a hash says nothing of its age.
      ...pages.map((address) => cache.add(new Request(address, { cache: "reload" }))),
    ]);
  }

  async function begin() {
    for (const each of await caches.keys()) if (each.startsWith(SHELL) && each !== name) await caches.delete(each);
    await self.registration.navigationPreload?.enable();
    await self.clients.claim();
  }

  /** Empties every cache and takes the worker away; nothing is kept from then on. */
  async function leave() {
    left = true;
    for (const each of await caches.keys()) await caches.delete(each);
    await self.registration.unregister();
  }

  /**
   * Somebody is signed in on their own phone: what a browser threw away, or was emptied before, is kept again. `anew`:
   * the pages are others now (in another name or language); this script is fetched without cookies, and cannot know.
   */
  async function stay(anew) {
    left = false;
    if (anew || !(await caches.has(name))) await keepShell();
  }

  /** A page, from the server; or the page that says why not. A page that was slow once is waited for the next time. */
  async function page(event) {
    const address = event.request.url;
    const waitMs = patient.has(address) ? LONGEST_MS : slowMs;
    const gaveUp = new AbortController();
    let timer;
    const late = new Promise((resolve) => (timer = setTimeout(resolve, waitMs, "late")));
    const asked = (async () => (await event.preloadResponse) ?? fetch(event.request, { signal: gaveUp.signal }))();
    try {
      const answer = await Promise.race([asked, late]);
      if (answer !== "late") {
        patient.delete(address);
        return answer;
      }
      asked.catch(() => {});
      gaveUp.abort();
      patient.add(address);
      return (await kept(slow)) ?? Response.error();
    } catch {
      const { pathname } = new URL(address);
      return (pages.includes(pathname) && (await kept(pathname))) || (await kept(noSignal)) || Response.error();
    } finally {
      clearTimeout(timer);
    }
  }

  /** A file of ours. The hash in its address says whether the kept one is the one that is asked for; fonts stay. */
  async function file(request) {
    const { pathname, search } = new URL(request.url);
    const same = await kept(request);
    if (same && search) return same;
    const near = await kept(request, { ignoreSearch: true });
    if (near && pathname.startsWith("/static/vendor/fonts/")) return near;
    if (!near) return fetch(request);
    const late = new Promise((resolve) => setTimeout(resolve, FILE_MS, near));
    return Promise.race([fetch(request).catch(() => near), late]);
  }

  self.addEventListener("install", (event) => {
    self.skipWaiting();
    event.waitUntil(keepShell());
  });
  self.addEventListener("activate", (event) => event.waitUntil(begin()));
  self.addEventListener("message", (event) => {
    const { leave: go, stay: keep, anew } = event.data ?? {};
    if (go) event.waitUntil(leave().then(() => event.ports[0]?.postMessage({ left: true })));
    else if (keep) event.waitUntil(stay(anew));
  });
  self.addEventListener("fetch", (event) => {
    const { request } = event;
    const { origin, pathname } = new URL(request.url);
    if (left || request.method !== "GET" || origin !== self.location.origin) return;
    if (/^\/(media|uploads|api|oauth)(\/|$)/.test(pathname)) return;
    if (request.mode === "navigate") event.respondWith(page(event));
    else if (pathname.startsWith("/static/")) event.respondWith(file(request));
  });
}
