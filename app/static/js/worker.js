// The service worker. It keeps the shell: files and pages that are the same for everybody. Pages of a box come from the
// server each time and are never kept; where they cannot come, a page of the shell says so. Everything else (pictures,
// uploads, the API, what forms send) passes by it untouched.

const SHELL = "shell-";
const LONGEST_MS = 90_000;
const NEAR_MS = 1500;

/** Starts the worker. `files` and `pages` are addresses to keep; `noSignal` and `slow` are two of the pages. */
export function serve({ version, files, pages, noSignal, slow, slowMs }) {
  const name = SHELL + version;
  const patient = new Set();
  let left = false;

  // Not by opening the cache: that makes a new one where somebody has just left.
  const kept = (address, options) => caches.match(address, { ...options, cacheName: name });

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

  /** A page asked for this worker; when it is there, its person may have signed out again. */
  async function mayBeLate() {
    const here = await fetch("/here", { cache: "no-store", redirect: "manual" }).catch(() => null);
    if (here?.status === 401) await leave();
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
    const had = await caches.has(name);
    if (had && !anew) return;
    const whole = await keepShell().then(() => true, () => false);
    // Half a shell is tried again by the next page.
    if (left || !(whole || had)) await caches.delete(name);
  }

  /**
   * A page, from the server; or the page that says why not. A page that was slow once is waited for the next time, and
   * one that is at hand here, the same for everybody, is not waited for long.
   */
  async function page(event) {
    const address = event.request.url;
    const { pathname, search } = new URL(address);
    const near = pages.includes(pathname) ? await kept(pathname) : undefined;
    const waitMs = near && !search ? NEAR_MS : patient.has(address) ? LONGEST_MS : slowMs;
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
      if (near) return near;
      patient.add(address);
      return (await kept(slow)) ?? Response.error();
    } catch {
      return near ?? (await kept(noSignal)) ?? Response.error();
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
    const late = new Promise((resolve) => setTimeout(resolve, NEAR_MS, near));
    return Promise.race([fetch(request).catch(() => near), late]);
  }

  self.addEventListener("install", (event) => {
    self.skipWaiting();
    event.waitUntil(keepShell());
  });
  self.addEventListener("activate", (event) => {
    event.waitUntil(begin());
    mayBeLate(); // pages do not wait for that
  });
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
