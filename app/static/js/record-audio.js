// <form data-record> with a file input [data-upload] in it: records in the page and sends the recording the way
// resume-upload.js sends a chosen file. The markup is the `recorder` macro of templates/shared/sound.html. The form
// gains the fields duration (seconds), stops (JSON: [{t_s, title, upload}]) and route (JSON: [[t_s, lat, lon]]).

import { drawLoudness } from "./lib/loudness.js";
import { clockWords, icon, make, shape } from "./lib/parts.js";
import { Route, sketch } from "./lib/place.js";
import { canRecord, Recorder } from "./lib/recorder.js";
import { tray } from "./lib/sending.js";

const PROMPT_SECONDS = 20;
const WORDS = {
  recording: "Recording. It stays on this phone until you finish.",
  nosignal: "No signal. It stays on this phone, and goes in your box when you’re back online.",
  paused: "Paused. What you’ve said so far is still here.",
  finished: "Finished. Have a listen, then save it.",
  noplace: "We can’t see where you are. That’s fine. The sound still records.",
  NotAllowedError: "The microphone is switched off for this page. Turn it on in your phone’s settings.",
  NotFoundError: "We can’t find a microphone. You can use a recording you have.",
  other: "We couldn’t start recording. Try again, or use a recording you have.",
};

function attach(form) {
  const find = (name) => form.querySelector(`[data-record-${name}]`);
  const input = form.querySelector("input[type=file][data-upload]:not([data-upload-later])");
  const [ui, start, pause, finish, clock, words] = ["ui", "start", "pause", "finish", "clock", "words"].map(find);
  const fields = {};
  const stops = [];
  let quiet = () => {};

  const put = (name, value) => {
    fields[name] ??= form.appendChild(make("input", { type: "hidden", name }));
    fields[name].value = typeof value === "string" ? value : JSON.stringify(value);
  };
  const say = (key) => (words.textContent = WORDS[key] ?? WORDS.other);
  const recorder = new Recorder(show);
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
    pause.disabled = state !== "recording" && state !== "paused";
    finish.hidden = state === "idle";
    finish.disabled = state === "finished";
    find("fallback").hidden = state === "finished";
    pause.querySelector("[data-label]").textContent = state === "paused" ? "Carry on" : "Pause";
    pause.querySelector(".i").replaceWith(icon(state === "paused" ? "mic" : "pause"));
    if (find("pin")) find("pin").disabled = pause.disabled;
    if (state !== "idle") say(state === "recording" && !navigator.onLine ? "nosignal" : state);
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
    try {
      await recorder.start();
      quiet = drawLoudness(recorder.stream, find("wave"), () => recorder.state === "recording");
      if (find("route")?.checked) route.start();
      pause.focus();
    } catch (error) {
      say(error.name);
    }
  });
  pause.addEventListener("click", () => (recorder.state === "paused" ? recorder.resume() : recorder.pause()));
  finish.addEventListener("click", async () => {
    finish.disabled = true;
    const file = await recorder.finish(`recording-${new Date().toISOString().slice(0, 10)}`);
    quiet();
    route.stop();
    put("duration", recorder.seconds.toFixed(1));
    put("stops", stops);
    put("route", route.points);
    tray(input).add([file]);
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

  const pin = find("pin");
  if (pin) attachPins(form, input, recorder, stops, () => put("stops", stops));

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
  input.addEventListener("change", () => find("after") && (find("after").hidden = false));
  ui.hidden = false;
  show();
}

// "Pin this place": a title and perhaps a photo, at the second the button was pressed.
function attachPins(form, input, recorder, stops, changed) {
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
    const stop = { t_s: Math.round(at * 10) / 10, title: title.value.trim() || "A place", upload: null };
    const out = make("button", { type: "button", class: "round", "aria-label": `Take ${stop.title} out` }, icon("x"));
    const row = make("li", {}, make("span", { class: "at" }, clockWords(at)), make("b", {}, stop.title), out);
    stops.push(stop);
    let sent = null;
    if (photo?.files.length) {
      const now = (id) => {
        stop.upload = id ?? null;
        changed();
      };
      [sent] = tray(photo).add([photo.files[0]], { name: "", arrived: now, removed: now });
    }
    out.addEventListener("click", () => {
      stops.splice(stops.indexOf(stop), 1);
      sent?.remove();
      row.remove();
      changed();
    });
    list.append(row);
    list.hidden = false;
    changed();
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
