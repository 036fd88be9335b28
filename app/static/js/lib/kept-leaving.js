// Before someone signs out: what they made here and is not in their box yet.

import { forget, waiting } from "./kept.js";
import { wordsFor } from "./kept-line.js";
import { sendKept } from "./kept-send.js";
import { make } from "./parts.js";

/** Asks where something waits. Resolves with whether to go on signing out; what was not let go stays here, closed. */
export async function mayLeave(lock) {
  const rows = await waiting(lock);
  if (!rows.length) return true;
  const words = await wordsFor(rows.length).catch(() => null);
  if (!words) return true;
  const said = make("p", { role: "status" }, words.closed);
  const choices = [["send_first", "quiet"], ["keep", "quiet"], ["let_all_go", "quiet"], ["stay", "bare"]];
  const buttons = choices.map(([value, cls]) => make("button", { type: "button", class: `btn full ${cls}`, value }, words[value]));
  const dialog = make("dialog", { class: "ask-first", "aria-labelledby": "kept-asks" }, make("h2", { id: "kept-asks" }, words.leaving), said, ...buttons);
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    const end = (leaves) => {
      dialog.remove();
      resolve(leaves);
    };
    dialog.addEventListener("close", () => end(false));
    dialog.addEventListener("click", async ({ target }) => {
      if (target.value === "keep") end(true);
      if (target.value === "stay") end(false);
      if (target.value === "let_all_go") {
        for (const { id } of rows) await forget(id);
        end(true);
      }
      if (target.value === "send_first") {
        said.textContent = words.going;
        await sendKept(lock, { all: true }).catch(() => {});
        if ((await waiting(lock)).length) said.textContent = words.unsent;
        else end(true);
      }
    });
  });
}
