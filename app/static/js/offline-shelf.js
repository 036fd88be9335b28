// The page of what is on this phone: [data-shelf] is filled with what lib/reading.js opens, by text alone, never as a page's
// code. [data-shelf-empty] shows where there is nothing.

import { make } from "./lib/parts.js";
import { all, file } from "./lib/reading.js";

async function picture({ alt, width, height, file: name, type }) {
  const shown = make("img", { alt, width, height });
  shown.src = URL.createObjectURL(await file(name, type));
  return make("figure", { class: "stage" }, shown);
}

async function sound({ alt, file: name, type }) {
  const heard = make("audio", { controls: "", "aria-label": alt });
  heard.src = URL.createObjectURL(await file(name, type));
  return make("p", {}, heard);
}

const paragraphs = (words) => words.split("\n\n").map((line) => make("p", {}, line));

const DRAWN = {
  picture,
  sound,
  line: ({ words }) => make("p", { class: "soft" }, words),
  words: ({ by, words }) => make("article", { class: "side" }, ...(by ? [make("header", {}, by)] : []), ...paragraphs(words)),
  folded: ({ name, words }) => make("details", { class: "fold panel" }, make("summary", {}, name), ...paragraphs(words)),
};

function thing(kept) {
  const inside = make("div", { class: "stack" });
  const title = make("span", { class: "grow" }, make("b", {}, kept.name), make("small", {}, `${kept.kind} · ${kept.when}`));
  const fold = make("details", { class: "do-fold" }, make("summary", { class: "row" }, title), inside);
  // Opened only when somebody wants to look at it.
  fold.addEventListener("toggle", async () => {
    if (!fold.open || inside.childElementCount) return;
    const parts = kept.parts.map((part) => DRAWN[part.is]?.(part));
    const drawn = await Promise.allSettled(parts);
    inside.replaceChildren(...drawn.flatMap(({ value }) => value ?? []));
  });
  return make("li", {}, fold);
}

async function fill(shelf) {
  const things = await all().catch(() => []);
  shelf.replaceChildren(...things.map(thing));
  shelf.hidden = !things.length;
  document.querySelector("[data-shelf-empty]").hidden = Boolean(things.length);
}

for (const shelf of document.querySelectorAll("[data-shelf]")) fill(shelf);
