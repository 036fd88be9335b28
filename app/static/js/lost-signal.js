// Says so when htmx could not reach us, in the words of #oops[data-no-signal]. What was typed is untouched.

const place = () => document.getElementById("oops");

document.addEventListener("htmx:error", () => {
  const words = document.createElement("p");
  words.textContent = place()?.dataset.noSignal ?? "";
  const panel = document.createElement("div");
  panel.className = "panel";
  panel.append(words);
  place()?.replaceChildren(panel);
});

document.addEventListener("htmx:before:request", () => place()?.replaceChildren());
document.addEventListener("click", (event) => {
  if (!event.target.closest("#oops a")) event.target.closest("#oops")?.replaceChildren();
});
