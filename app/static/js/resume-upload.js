// <input type="file" data-upload="/uploads" data-box="<uuid>"> inside a form: every file chosen is sent at once by tus,
// with its progress, and arrives through lost signal. The form then carries <input type="hidden" name="upload"
// value="<id>"> (another name with data-upload-name) and not the bytes. The rows follow the field, or go into the element
// whose id data-upload-rows gives. Without this script the form posts the files itself. data-upload-later leaves the
// sending to another script.

import { tray } from "./lib/sending.js";

const CHOSEN = "input[type=file][data-upload]:not([data-upload-later])";

/** What was chosen through this field goes on its way, and the field is free for more. */
function take(input) {
  if (!input.matches?.(CHOSEN) || !input.form || !input.files.length) return;
  const files = [...input.files];
  input.value = "";
  tray(input).add(files);
}

document.addEventListener("change", (event) => take(event.target));
// Somebody may have chosen before this script was here.
for (const input of document.querySelectorAll(CHOSEN)) take(input);
