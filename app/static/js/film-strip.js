// Six moments of a film, from one small picture that holds them side by side.
// On a card, [data-strip="<address>"]: hovering, or holding a finger on it, shows the moment at that place; sliding goes
// through the film. Fetched only then.
// Round a <video>, [data-film] with [data-six hidden] (the strip, and buttons [data-moment="<seconds>"] over it): a tap
// goes there, and while somebody scrubs, the nearest moment shows until the film itself is there.

const MOMENTS = 6;
const HOLD_MS = 350;

function drawn(canvas, strip, number) {
  const width = strip.naturalWidth / MOMENTS;
  canvas.width = width;
  canvas.height = strip.naturalHeight;
  canvas.getContext("2d").drawImage(strip, number * width, 0, width, canvas.height, 0, 0, width, canvas.height);
}

function glimpse(within) {
  const canvas = document.createElement("canvas");
  canvas.className = "glimpse";
  canvas.setAttribute("aria-hidden", "true");
  within.append(canvas);
  return canvas;
}

const cards = new WeakMap();
let shown = null;
let hold = 0;
let held = false;

function hide() {
  clearTimeout(hold);
  shown?.canvas?.remove();
  shown = null;
}

function show(card, x) {
  const box = card.getBoundingClientRect();
  const share = (x - box.left) / box.width;
  const along = document.dir === "rtl" ? 1 - share : share;
  const number = Math.max(0, Math.min(MOMENTS - 1, Math.floor(along * MOMENTS)));
  if (shown?.card !== card) {
    hide();
    shown = { card };
  }
  shown.number = number;
  if (!cards.has(card)) {
    const strip = new Image();
    strip.src = card.dataset.strip;
    cards.set(card, strip.decode().then(() => strip));
  }
  cards.get(card).then((strip) => {
    if (shown?.card !== card) return;
    shown.canvas ??= glimpse(card.querySelector(".shot") ?? card);
    drawn(shown.canvas, strip, shown.number);
  }, () => cards.delete(card));
}

const cardOf = (event) => event.target instanceof Element && event.target.closest("[data-strip]");

document.addEventListener("pointerdown", (event) => {
  const card = event.pointerType !== "mouse" && cardOf(event);
  held = false;
  if (!card) return;
  hold = setTimeout(() => {
    held = true;
    show(card, event.clientX);
  }, HOLD_MS);
});
document.addEventListener("pointermove", (event) => {
  const card = cardOf(event);
  if (event.pointerType === "mouse" ? card : card && held) show(card, event.clientX);
  else if (shown && !card) hide();
});
for (const end of ["pointerup", "pointercancel", "scroll"]) document.addEventListener(end, hide, { passive: true });
// Letting go after holding is not a tap, and holding is not asking for the link's menu.
document.addEventListener("click", (event) => held && cardOf(event) && event.preventDefault(), { capture: true });
document.addEventListener("contextmenu", (event) => held && cardOf(event) && event.preventDefault());

function attach(film) {
  const video = film.querySelector("video");
  const row = film.querySelector("[data-six]");
  if (!video || !row) return;
  const strip = row.querySelector("img");
  const buttons = [...row.querySelectorAll("[data-moment]")];
  const number = () => Math.min(MOMENTS - 1, Math.floor((video.currentTime / (video.duration || 1)) * MOMENTS));
  let canvas = null;
  row.hidden = false;
  for (const button of buttons) {
    button.addEventListener("click", () => {
      video.currentTime = Number(button.dataset.moment);
    });
  }
  video.addEventListener("seeking", () => {
    if (!strip.complete || !strip.naturalWidth) return;
    canvas ??= glimpse(film);
    canvas.style.height = `${video.clientHeight}px`;
    drawn(canvas, strip, number());
  });
  const clear = () => {
    canvas?.remove();
    canvas = null;
  };
  for (const end of ["seeked", "error", "emptied"]) video.addEventListener(end, clear);
  video.addEventListener("timeupdate", () => {
    buttons.forEach((button, at) => button.setAttribute("aria-current", String(video.currentTime > 0 && at === number())));
  });
}

const attached = new WeakSet();
function all() {
  for (const film of document.querySelectorAll("[data-film]")) {
    if (attached.has(film)) continue;
    attached.add(film);
    attach(film);
  }
}
all();
document.addEventListener("htmx:after:swap", all);
