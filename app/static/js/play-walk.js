// <div data-player> around <audio>: our own buttons, the wave and the route as they are heard, and stops to jump to.
// The markup is the `player` and `stop_row` macros of templates/shared/sound.html: [data-player-ui hidden],
// [data-play="Play" data-pause="Pause"], [data-skip="-15"], [data-seek] (a range), [data-now], svg.wave, svg.route;
// stops are [data-at="<seconds>"] anywhere in the page with a button [data-jump] inside. Without this script the
// browser's own controls show.

import { clockWords, fill, icon } from "./lib/parts.js";

function bars(wave) {
  const [played, dim] = wave.querySelectorAll("path");
  const lines = `${played.getAttribute("d")}${dim.getAttribute("d")}`.split("M").slice(1).map((line) => `M${line}`);
  return (share) => {
    const cut = Math.round(lines.length * share);
    played.setAttribute("d", lines.slice(0, cut).join(""));
    dim.setAttribute("d", lines.slice(cut).join(""));
  };
}

function line(route) {
  const all = route.querySelector(".way-all");
  if (!all) return () => {};
  const walked = route.querySelector(".way-walked") ?? all.cloneNode();
  walked.setAttribute("class", "way-walked");
  walked.setAttribute("d", all.getAttribute("d"));
  walked.setAttribute("pathLength", "1");
  all.after(walked);
  return (share) => walked.setAttribute("stroke-dasharray", `${share} 2`);
}

function attach(player) {
  const audio = player.querySelector("audio");
  const find = (selector) => player.querySelector(selector);
  const stops = [...document.querySelectorAll("[data-at]")];
  const [waves, routes] = ["svg.wave", "svg.route"].map((drawing) => [...player.querySelectorAll(drawing)]);
  const draw = [...waves.map(bars), ...routes.map(line)];
  const [play, seek, now] = [find("[data-play]"), find("[data-seek]"), find("[data-now]")];
  // A recording made in a browser often does not say how long it is until it has been read to the end.
  const length = () => (Number.isFinite(audio.duration) ? audio.duration : Number(player.dataset.seconds) || 0);

  audio.controls = false;
  for (const part of player.querySelectorAll("[data-player-ui]")) part.hidden = false;

  const show = () => {
    const at = audio.currentTime;
    const share = length() ? Math.min(1, at / length()) : 0;
    for (const each of draw) each(share);
    if (now) now.textContent = clockWords(at);
    if (seek) {
      seek.value = String(share * 100);
      seek.setAttribute("aria-valuetext", fill(seek.dataset.says, { now: clockWords(at), all: clockWords(length()) }));
    }
    const here = stops.filter((stop) => Number(stop.dataset.at) <= at + 0.25).pop();
    for (const stop of stops) {
      stop.classList.toggle("now", stop === here);
      if (stop === here) stop.setAttribute("aria-current", "true");
      else stop.removeAttribute("aria-current");
    }
  };
  const state = () => {
    play.replaceChildren(icon(audio.paused ? "play" : "pause"));
    play.setAttribute("aria-label", audio.paused ? play.dataset.play : play.dataset.pause);
  };
  const go = (seconds) => {
    audio.currentTime = Math.max(0, Math.min(length() || seconds, seconds));
    show();
  };

  play.addEventListener("click", () => (audio.paused ? audio.play() : audio.pause()));
  seek?.addEventListener("input", () => go((Number(seek.value) / 100) * length()));
  for (const button of player.querySelectorAll("[data-skip]")) {
    button.addEventListener("click", () => go(audio.currentTime + Number(button.dataset.skip)));
  }
  for (const stop of stops) {
    stop.querySelector("[data-jump]")?.addEventListener("click", () => {
      go(Number(stop.dataset.at));
      audio.play();
    });
  }
  for (const happening of ["play", "pause", "ended"]) audio.addEventListener(happening, state);
  for (const happening of ["timeupdate", "seeked", "durationchange"]) audio.addEventListener(happening, show);
  state();
  show();
}

const attached = new WeakSet();
function all() {
  for (const player of document.querySelectorAll("[data-player]")) {
    if (attached.has(player)) continue;
    attached.add(player);
    attach(player);
  }
}
all();
document.addEventListener("htmx:after:swap", all);
