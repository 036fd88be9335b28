// <form data-record> with a file input [data-upload] in it: records in the page and sends the recording the way
// resume-upload.js sends a chosen file. The markup is the `recorder` macro of templates/shared/sound.html, its words the
// JSON of [data-record-ui]'s data-record-says. The form gains the fields duration (seconds), stops (JSON: [{t_s, title,
// upload}]) and route (JSON: [[t_s, lat, lon]]).
// On a phone of one's own every half second is written down as it is recorded (lib/keeping.js). data-record="alone" is a
// page that is the same for everybody and sends nothing itself: what is kept there goes when there is a signal.

import { Keeping } from "./lib/keeping.js";
import { whose } from "./lib/kept.js";
import { drawLoudness } from "./lib/loudness.js";
import { clockWords, icon, make, shape } from "./lib/parts.js";
import { Route, sketch } from "./lib/place.js";
import { canRecord, Recorder } from "./lib/recorder.js";
import { tray } from "./lib/sending.js";

const PROMPT_SECONDS = 20;

/** Whose phone this is: the page of a person says so itself; a page that is the same for everybody asks the phone. */
async function owner(alone) {
  if (alone) return whose().catch(() => null);
  const { keptFor: lock, keptBox: box } = document.getElementById("kept")?.dataset ?? {};
  return lock ? { lock, box } : null;
}

function attach(form) {
  const find = (name) => form.querySelector(`[data-record-${name}]`);
  const alone = form.dataset.record === "alone";
  const input = form.querySelector("input[type=file][data-upload]:not([data-upload-later])");
  const [ui, start, pause, finish, clock, words] = ["ui", "start", "pause", "finish", "clock", "words"].map(find);
  const says = JSON.parse(ui.dataset.recordSays);
  const fields = {};
  let quiet = () => {};
  let sending = null;
  let starting = false;

  const put = (name, value) => {
    fields[name] ??= form.appendChild(make("input", { type: "hidden", name }));
    fields[name].value = typeof value === "string" ? value : JSON.stringify(value);
  };
  const say = (key) => (words.textContent = says[key] ?? says.other);
  const keeping = new Keeping(form, show);
  const recorder = new Recorder(show, (piece) => keeping.piece(piece));
  // On the page that is the same for everybody, a place or a line on the map makes it a walk.
  const kind = () => form.dataset.kind ?? (route.points.length || keeping.stops.length ? "pod_walk" : "voice");
  const route = new Route({
    clock: () => (recorder.state === "recording" ? recorder.seconds : null),
    changed: drawRoute,
    refused() {
      find("route").checked = false;
      say("noplace");
    },
  });

  function show() {
    const { state } = recorder;
    ui.dataset.state = state;
    start.hidden = state !== "idle";
    pause.disabled = !recorder.goesOn || (state !== "recording" && state !== "paused");
    finish.hidden = state === "idle";
    finish.disabled = state === "finished";
    if (find("fallback")) find("fallback").hidden = state === "finished";
    pause.querySelector("[data-label]").textContent = state === "paused" ? says.resume : says.pause;
    pause.querySelector(".i").replaceWith(icon(state === "paused" ? "mic" : "pause"));
    if (find("pin")) find("pin").disabled = pause.disabled;
    if (state === "idle") return;
    const here = keeping.safe ? "safe" : "";
    if (state === "recording") say(navigator.onLine ? `recording${here}` : `nosignal${here}`);
    else say(`${state}${here}`);
  }

  function drawRoute(points) {
    const map = find("map");
    if (!map || points.length < 2) return;
    const placed = sketch(points).map(([x, y]) => [12 + x * 276, 12 + y * 276]);
    const svg = shape("svg", { class: "route", viewBox: "0 0 300 300", "aria-hidden": "true" });
    const [x, y] = placed.at(-1);
    const line = placed.map((point) => point.map((each) => each.toFixed(1)).join(" ")).join("L");
    svg.append(
      shape("path", { class: "way-walked", d: `M${line}` }),
      shape("circle", { class: "way-stop", cx: x, cy: y, r: 8 }),
    );
    map.replaceChildren(svg);
  }

  start.addEventListener("click", async () => {
    if (starting) return;
    starting = true;
    try {
      const who = globalThis.indexedDB && navigator.locks && (await owner(alone));
      await recorder.start();
      if (who) keeping.begin({ who, kind, format: recorder.format, points: route.points });
      quiet = drawLoudness(recorder.stream, find("wave"), () => recorder.state === "recording");
      if (find("route")?.checked) route.start();
      pause.focus();
    } catch (error) {
      say(error.name);
    }
    starting = false;
  });
  pause.addEventListener("click", () => (recorder.state === "paused" ? recorder.resume() : recorder.pause()));
  finish.addEventListener("click", async () => {
    finish.disabled = true;
    const file = await recorder.finish(`recording-${new Date().toISOString().slice(0, 10)}`);
    quiet();
    route.stop();
    put("duration", recorder.seconds.toFixed(1));
    if (!alone) {
      put("stops", keeping.stops);
      put("route", route.points);
      [sending] = tray(input).add([file], { removed: () => sending && keeping.letGo() });
    }
    keeping.become("finished");
    const heard = find("heard");
    if (heard) {
      heard.src = URL.createObjectURL(file);
      heard.hidden = false;
    }
    const after = find("after");
    if (after) {
      after.hidden = false;
      after.querySelector("input, textarea, button")?.focus();
    }
  });
  find("route")?.addEventListener("change", ({ target }) => {
    if (!target.checked) route.stop();
    else if (recorder.state !== "idle") route.start();
  });

  // Kept for good. With a signal the page itself goes on to its box; without one, this phone has it.
  form.addEventListener(
    "submit",
    async (event) => {
      if (!alone && (recorder.state !== "finished" || !keeping.safe || navigator.onLine)) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      if (!keeping.safe) return say("other");
      await keeping.become("kept");
      const half = sending;
      sending = null;
      half?.remove();
      ui.dataset.state = "kept";
      for (const name of ["after", "heard"]) if (find(name)) find(name).hidden = true;
      say("kept");
      keeping.free();
    },
    true,
  );

  const pin = find("pin");
  if (pin) attachPins(form, recorder, keeping, alone ? null : () => put("stops", keeping.stops));

  let prompt = 0;
  const asks = find("prompts");
  setInterval(() => {
    if (!form.isConnected || recorder.state !== "recording") return;
    clock.textContent = clockWords(recorder.seconds);
    const lines = asks ? JSON.parse(asks.dataset.recordPrompts) : [];
    const turn = Math.floor(recorder.seconds / PROMPT_SECONDS);
    if (lines.length && turn !== prompt) asks.textContent = lines[(prompt = turn) % lines.length];
  }, 250);
  for (const change of ["online", "offline"]) addEventListener(change, show);
  addEventListener("beforeunload", (event) => {
    if (form.isConnected && ["recording", "paused"].includes(recorder.state)) event.preventDefault();
  });

  if (find("after")) find("after").hidden = true;
  // A recording of their own asks for the same words after it.
  input?.addEventListener("change", () => find("after") && (find("after").hidden = false));
  ui.hidden = false;
  show();
}

// "Pin this place": a title and perhaps a photo, at the second the button was pressed.
function attachPins(form, recorder, keeping, changed) {
  const find = (name) => form.querySelector(`[data-record-${name}]`);
  const [pin, sheet, title, photo, list] = ["pin", "pin-sheet", "pin-title", "pin-photo", "pins"].map(find);
  let at = 0;
  const close = () => {
    sheet.hidden = true;
    title.value = "";
    if (photo) photo.value = "";
    pin.focus();
  };
  const save = () => {
    const stop = { t_s: Math.round(at * 10) / 10, title: title.value.trim() || pin.dataset.place, upload: null };
    const label = pin.dataset.out.replace("%(what)s", stop.title);
    const out = make("button", { type: "button", class: "round", "aria-label": label }, icon("x"));
    const row = make("li", {}, make("span", { class: "at" }, clockWords(at)), make("b", {}, stop.title), out);
    const picture = photo?.files[0];
    keeping.stop(stop, picture);
    let sent = null;
    if (picture && changed) {
      const now = (id) => {
        stop.upload = id ?? null;
        changed();
      };
      [sent] = tray(photo).add([picture], { name: "", arrived: now, removed: now });
    }
    out.addEventListener("click", () => {
      keeping.unstop(stop);
      sent?.remove();
      row.remove();
      changed?.();
    });
    list.append(row);
    list.hidden = false;
    changed?.();
    close();
  };

  pin.addEventListener("click", () => {
    at = recorder.seconds;
    sheet.hidden = false;
    title.focus();
  });
  find("pin-save").addEventListener("click", save);
  find("pin-close").addEventListener("click", close);
  title.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    save();
  });
}

const attached = new WeakSet();
function all() {
  for (const form of document.querySelectorAll("form[data-record]")) {
    if (attached.has(form) || !canRecord()) continue;
    attached.add(form);
    attach(form);
  }
}
all();
document.addEventListener("htmx:after:swap", all);
