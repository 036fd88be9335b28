// The quiet line about what waits on this phone, with what its person may do about it.

import { alone, forget, waiting } from "./kept.js";
import { openKept, sendKept, soon } from "./kept-send.js";
import { icon, make } from "./parts.js";

const NOTICED = 600;
let timer = 0;
let tries = 0;
let busy = null;

/** What is said about `count` things that wait. */
export async function wordsFor(count) {
  const answer = await fetch(`/kept/words?count=${count}`);
  if (!answer.ok) throw new Error(`answered ${answer.status}`);
  return answer.json();
}

function button(label, cls, pressed) {
  const made = make("button", { type: "button", class: `btn slim ${cls}` }, label);
  made.addEventListener("click", () => pressed(made));
  return made;
}

/** Opens one, to be heard, seen or read. */
async function look(row, words, where) {
  let what;
  try {
    what = await openKept(row);
  } catch {
    return where.replaceChildren(words.unopened);
  }
  if (what.there) return location.assign(what.there);
  const shown = [];
  for (const { file, type } of what.files.filter((each) => what.bytes[each.file])) {
    const src = URL.createObjectURL(new Blob(what.bytes[file], { type }));
    const tag = { image: "img", video: "video" }[type.split("/")[0]] ?? "audio";
    shown.push(make(tag, { class: "heard", src, ...(tag === "img" ? { alt: "" } : { controls: "" }) }));
  }
  if (what.fields.words) shown.push(make("p", {}, what.fields.words));
  where.replaceChildren(...shown);
}

function rowOf(row, words, redraw) {
  const day = new Date(row.began).toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
  const inside = make("div", { class: "kept-inside" });
  const go = button(words.let_go, "bare", (pressed) => {
    if (pressed.dataset.sure) return alone(row.id, () => forget(row.id)).then(redraw);
    pressed.dataset.sure = "yes";
    pressed.textContent = words.really;
  });
  const see = button(words.hear, "quiet", () => look(row, words, inside));
  return make("li", {}, make("b", {}, words.made.replace("%(day)s", day)), make("p", { class: "btns" }, see, go), inside);
}

async function draw(place, lock, sentence) {
  const rows = await waiting(lock);
  if (!rows.length && !sentence) return place.replaceChildren();
  const words = await wordsFor(rows.length);
  const lead = make("p", { class: "say", role: "status" }, icon("mobile"), make("span", {}, rows.length ? words.saved : words.arrived));
  const panel = make("section", { class: "kept-line" }, lead);
  if (rows.length) {
    const asks = rows.some(({ state }) => state === "finished") ? words.asks : words.soon;
    lead.lastChild.append(" ", words[sentence] ?? asks);
    const redraw = () => draw(place, lock);
    const list = make("ul", { class: "rows", role: "list" }, ...rows.map((row) => rowOf(row, words, redraw)));
    const now = button(words.now, "", () => showKept(place, lock, true));
    panel.append(make("p", { class: "btns" }, now), list);
  }
  place.replaceChildren(panel);
}

/** Says what waits, sends it, and says what became of it. `all`: also what its person has not said is to be kept. */
export async function showKept(place, lock, all = false) {
  clearTimeout(timer);
  if (busy && !all) return busy;
  while (busy) await busy;
  busy = (async () => {
    let sentence = "";
    try {
      if (!(await waiting(lock)).length) return;
      const slow = setTimeout(draw, NOTICED, place, lock, "going");
      const { arrived, refused } = await sendKept(lock, { all }).finally(() => clearTimeout(slow));
      tries = 0;
      if (refused) sentence = "refused";
      else if (arrived && !(await waiting(lock)).length) sentence = "arrived";
    } catch {
      timer = setTimeout(showKept, soon(tries++), place, lock);
    }
    await draw(place, lock, sentence).catch(() => {});
  })().finally(() => (busy = null));
  await busy;
}
