// <form data-held="<name>"> with a file input [data-upload]: takes the files that the worker holds by that name
// (worker-share.js) and sends them as if they had been chosen here. Where they are gone, [data-held-gone] is shown.

import { askWorker } from "./lib/ask-worker.js";
import { tray } from "./lib/sending.js";

const form = document.querySelector("form[data-held]");
const input = form.querySelector("input[type=file][data-upload]:not([data-upload-later])");

// They are taken once: the same page opened again has none, and says nothing of it.
history.replaceState(null, "", location.pathname);
const { files = [] } = await askWorker({ held: form.dataset.held });
if (files.length) tray(input).add(files);
else for (const words of document.querySelectorAll("[data-held-gone]")) words.hidden = false;
