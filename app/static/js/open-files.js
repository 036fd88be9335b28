// [data-open-files]: files that a computer opens with the app (the manifest's file_handlers) go to the worker, and from
// there to the page that adds them.

import { askWorker } from "./lib/ask-worker.js";

const place = document.querySelector("[data-open-files]");

async function pass(files) {
  const { held, kind } = files.length ? await askWorker({ hold: files }) : {};
  if (held) location.replace(`/share?held=${held}&kind=${kind || "photo"}`);
  else place.textContent = place.dataset.none;
}

if (globalThis.launchQueue) {
  // A file that was moved meanwhile cannot be had any more.
  const had = ({ files }) => Promise.all(files.map((file) => file.getFile())).catch(() => []);
  launchQueue.setConsumer(async (opened) => pass(await had(opened)));
} else pass([]);
