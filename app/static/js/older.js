// [data-older], a link in a .older: what it leads to is put in the place of that, and the page stays where it is. What
// lib/come-back.js needs to show the page as it was left is kept in history.state.

const PATIENCE_MS = 20_000;

/** Puts what came in the place of the link; [the first of it, how many they are in words], null for what is none. */
function more(link) {
  // A request for a document parses it without a policy of Trusted Types, and no script in it ever runs.
  const asked = new XMLHttpRequest();
  asked.open("GET", link.href);
  asked.responseType = "document";
  asked.timeout = PATIENCE_MS;
  asked.setRequestHeader("HX-Request", "true");
  return new Promise((resolve, reject) => {
    asked.addEventListener("load", () => {
      if (asked.status !== 200 || !asked.response) return resolve(null);
      const came = asked.response.body;
      const parts = [came.querySelector(".keep a"), came.querySelector("[data-came]")];
      parts[1]?.remove();
      link.closest(".older").replaceWith(...came.childNodes);
      resolve(parts);
    });
    for (const lost of ["error", "timeout"]) asked.addEventListener(lost, reject);
    asked.send();
  });
}

function keep(values) {
  history.replaceState({ ...history.state, ...values }, "");
}

/** Whoever pressed it stands on the first of what came, and [data-older-came] says how many. */
async function goOn(link) {
  link.ariaDisabled = "true";
  try {
    const came = await more(link);
    if (!came) return location.assign(link.href);
    const [first, said] = came;
    keep({ older: (history.state?.older ?? 0) + 1 });
    first?.focus({ preventScroll: true });
    const place = document.querySelector("[data-older-came]");
    if (place && said) place.textContent = said.textContent;
  } catch {
    link.ariaDisabled = null;
    document.dispatchEvent(new Event("lost-signal"));
  }
}

document.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  const card = event.target.closest(".keep a");
  if (card) {
    keep({ card: card.getAttribute("href"), top: card.getBoundingClientRect().top, y: scrollY });
    history.scrollRestoration = "manual";
  }
  const link = event.target.closest("[data-older]");
  if (!link) return;
  event.preventDefault();
  if (!link.ariaDisabled) goOn(link);
});
if (history.state?.card || history.state?.older) import("./lib/come-back.js").then((it) => it.comeBack(more, keep));
