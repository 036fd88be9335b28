// A part of the service worker: what waits on this phone goes into its box when the signal is back, also with no page open
// (Background Sync, where the browser has it).

import { whose } from "./lib/kept.js";
import { sendKept } from "./lib/kept-send.js";

self.addEventListener("sync", (event) => {
  if (event.tag !== "kept") return;
  event.waitUntil(whose().then((who) => who && sendKept(who.lock)));
});
