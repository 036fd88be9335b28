// A list of cards as it was left: whoever opened one and comes back finds as many older ones, and that card where it
// stood. The browser keeps both with this visit (history.state), and forgets them with it.

const TURNS = 12;

/** `more` puts what a link to older ones leads to in its place; `keep` changes what is kept. */
export async function comeBack(more, keep) {
  const { older = 0, card, top, y } = history.state;
  for (let again = 0; again < older; again += 1) {
    const link = document.querySelector("[data-older]");
    if (!link || !(await more(link).catch(() => null))) break;
  }
  if (!card) return;
  const found = [...document.querySelectorAll(".keep a")].find((each) => each.getAttribute("href") === card);
  // What is far from the screen has no height of its own until it is near: it takes some turns until all round it have.
  for (let turn = 0; turn < TURNS; turn += 1) {
    if (found) scrollBy({ top: found.getBoundingClientRect().top - top, behavior: "instant" });
    else scrollTo({ top: y, behavior: "instant" });
    await new Promise(requestAnimationFrame);
  }
  found?.focus({ preventScroll: true });
  keep({ card: undefined });
  history.scrollRestoration = "auto";
}
