// <div data-read="SELECTOR" data-going="…" data-paused="…">: reads what that selects aloud, in the language of the
// page; with data-text it reads that text. Inside: a button [data-read-go] with a [data-label], which reads, waits and goes on, and one [data-read-stop].
// Only voices that live on this device: the words of a page are never sent to anyone. Nothing is marked while it reads,
// and it falls silent when the page is hidden or left. It shows where <html> has data-voice; a cookie has the next pages
// begin with that.

const BLOCKS = "h1, h2, h3, h4, p, li, dt, dd, blockquote, figcaption, summary, legend, label, .say, .name, .row";
const LONGEST = 200; // letters in one go: some voices stop by themselves in a longer one
const speech = window.speechSynthesis;
const YEAR = 31_536_000;
const { lang: language, dataset: page } = document.documentElement;
let now = null;

function voice() {
  const near = speech.getVoices().filter(
    (one) => one.localService && one.lang.split(/[-_]/)[0] === language.split("-")[0],
  );
  return near.find((one) => one.lang.replace("_", "-") === language) ?? near[0];
}

function heard(block) {
  const inside = block.closest("form, nav, [data-read], [data-player], [hidden], [aria-hidden=true]");
  return !inside && !block.querySelector(BLOCKS) && block.checkVisibility();
}

function sentences({ read, text }) {
  const places = text ? [] : [...document.querySelectorAll(read)];
  const blocks = places.flatMap((place) => [...place.querySelectorAll(BLOCKS)].filter(heard));
  const texts = text ? [text] : blocks.map((block) => block.innerText.replace(/\s+/g, " ").trim());
  const cut = new RegExp(`[^.!?…]{1,${LONGEST}}(?:[.!?…]+[”’"]?|(?=\\s|$))`, "g");
  return texts.flatMap((text) => text.match(cut) ?? []).map((text) => text.trim()).filter(Boolean);
}

function show(bar, label) {
  const going = now?.bar === bar;
  bar.querySelector("[data-label]").textContent = label ?? bar.dataset.start;
  bar.querySelector("[data-read-stop]").hidden = !going;
}

function stop() {
  if (!now) return;
  const { bar } = now;
  now = null;
  speech.cancel();
  show(bar);
}

function next() {
  const mine = now;
  const text = mine.left.shift();
  if (text === undefined) return stop();
  const said = new SpeechSynthesisUtterance(text);
  said.voice = voice();
  if (!said.voice) {
    stop();
    return note(false);
  }
  said.lang = said.voice.lang;
  said.onend = () => { if (now === mine) next(); };
  said.onerror = () => { if (now === mine) stop(); };
  speech.speak(said);
}

function press(bar) {
  if (now?.bar !== bar) {
    stop();
    now = { bar, left: sentences(bar.dataset), waiting: false };
    show(bar, bar.dataset.going);
    next();
  } else if (now.waiting) {
    now.waiting = false;
    speech.resume();
    show(bar, bar.dataset.going);
  } else {
    now.waiting = true;
    speech.pause();
    show(bar, bar.dataset.paused);
  }
}

function note(found) {
  if (found === "voice" in page) return;
  if (found) page.voice = "";
  else delete page.voice;
  const [name, secure] = location.protocol === "https:" ? ["__Host-voice", "; secure"] : ["voice", ""]; // app/web/cookies.py
  document.cookie = `${name}=${language}; path=/; samesite=lax; max-age=${found ? YEAR : 0}${secure}`;
}

function offer() {
  // Before a browser has looked for its voices it says that there are none.
  if (speech.getVoices().length) note(Boolean(voice()));
}

function pressed({ target }) {
  const bar = target.closest?.("[data-read]");
  if (!bar) return;
  bar.dataset.start ??= bar.querySelector("[data-label]").textContent;
  if (target.closest("[data-read-go]")) press(bar);
  else if (target.closest("[data-read-stop]")) {
    stop();
    bar.querySelector("[data-read-go]").focus();
  }
}

if (speech) {
  offer();
  document.addEventListener("click", pressed); // a part of the page may come later
  speech.addEventListener("voiceschanged", offer);
  addEventListener("pagehide", stop);
  addEventListener("hashchange", () => { if (location.hash === "#away") stop(); });
  document.addEventListener("visibilitychange", () => { if (document.hidden) stop(); });
}
