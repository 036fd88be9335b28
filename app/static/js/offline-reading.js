// Reading with no signal. [data-reading-switch]: turns it on and off for this phone. [data-reading-keep="<id>"]: keeps one memory
// here, or takes it away again. Both are hidden until there is something they can do; their words are in the page
// (data-words-…), and [data-reading-words] inside says how it went.

const able = globalThis.indexedDB && globalThis.crypto?.subtle;
const switches = document.querySelectorAll("[data-reading-switch]");
const keeps = document.querySelectorAll("[data-reading-keep]");

function say(place, what) {
  const words = place.querySelector("[data-reading-words]");
  if (words) words.textContent = what ? place.dataset[`words${what}`] : "";
}

function attachSwitch(place, { forget, isOn, turnOn }) {
  const box = place.querySelector("input");
  box.checked = isOn();
  place.hidden = false;
  box.addEventListener("change", async () => {
    box.disabled = true;
    try {
      await (box.checked ? turnOn() : forget());
      say(place, box.checked ? "On" : "Off");
    } catch {
      box.checked = isOn();
      say(place, "Failed");
    }
    box.disabled = false;
  });
}

async function attachKeep(place, { held, isOn, keep, letGo }) {
  if (!isOn()) return;
  const id = place.dataset.readingKeep;
  const button = place.querySelector("button");
  const label = place.querySelector("[data-reading-label]");
  let here = (await held()).includes(id);
  const show = () => {
    label.textContent = place.dataset[here ? "wordsDrop" : "wordsKeep"];
    button.setAttribute("aria-pressed", String(here));
  };
  // What is on this page may be newer than what is kept.
  if (here) keep(id).catch(() => {});
  show();
  place.hidden = false;
  button.addEventListener("click", async () => {
    if (button.getAttribute("aria-disabled")) return;
    button.setAttribute("aria-disabled", "true");
    say(place, here ? "" : "Busy");
    try {
      await (here ? letGo([id]) : keep(id));
      here = !here;
      say(place, here ? "Kept" : "Dropped");
    } catch {
      say(place, "Failed");
    }
    button.removeAttribute("aria-disabled");
    show();
  });
}

// Most phones have it turned off, and most pages have nothing to turn on: they need no more than this.
if (able && (switches.length || localStorage.getItem("holdfast-reading"))) {
  const reading = await import("./lib/reading.js");
  for (const place of switches) attachSwitch(place, reading);
  for (const place of keeps) attachKeep(place, reading);
  if (reading.isOn()) {
    reading.agree();
    addEventListener("online", reading.agree);
  }
}
