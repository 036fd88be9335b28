// [data-older], a link in a .older: what it leads to is put in the place of that, and the page stays where it is.

const PATIENCE_MS = 20_000;

/** Puts what came in the place of the link. Whoever pressed it stands on the first of it, and [data-older-came] says how many. */
function put(link, came) {
  const first = came.querySelector(".keep a");
  const said = came.querySelector("[data-came]");
  said?.remove();
  link.closest(".older").replaceWith(...came.childNodes);
  first?.focus({ preventScroll: true });
  const place = document.querySelector("[data-older-came]");
  if (place && said) place.textContent = said.textContent;
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-older]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  if (link.ariaDisabled) return;
  link.ariaDisabled = "true";
  // A request for a document parses it without a policy of Trusted Types, and no script in it ever runs.
  const asked = new XMLHttpRequest();
  asked.open("GET", link.href);
  asked.responseType = "document";
  asked.timeout = PATIENCE_MS;
  asked.setRequestHeader("HX-Request", "true");
  asked.addEventListener("load", () => {
    if (asked.status !== 200 || !asked.response) return location.assign(link.href);
    put(link, asked.response.body);
  });
  for (const lost of ["error", "timeout"]) {
    asked.addEventListener(lost, () => {
      link.ariaDisabled = null;
      document.dispatchEvent(new Event("lost-signal"));
    });
  }
  asked.send();
});
