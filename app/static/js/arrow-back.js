// The arrow in the header leads to a page above this one. Where that is the page one has just come from, it goes back in
// the browser's own steps, and so to the place one was at on it.

/** The page before this one, as far as the browser says. */
function before() {
  const { navigation } = globalThis;
  if (navigation?.entries) return navigation.entries()[navigation.currentEntry.index - 1]?.url;
  return history.length > 1 ? document.referrer : "";
}

document.addEventListener("click", (event) => {
  const arrow = event.target.closest(".top > a.round");
  if (!arrow || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const from = new URL(before() || "about:blank");
  if (from.origin !== location.origin || from.pathname !== arrow.pathname) return;
  event.preventDefault();
  history.back();
});
