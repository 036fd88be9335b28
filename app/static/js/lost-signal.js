// Says so when htmx, or one of ours (by the event "lost-signal"), could not reach us, in the words of
// #oops[data-no-signal]. What was typed is untouched.

const place = () => document.getElementById("oops");

const say = () => {
  const words = document.createElement("p");
  words.textContent = place()?.dataset.noSignal ?? "";
  const panel = document.createElement("div");
  panel.className = "panel";
  panel.append(words);
  place()?.replaceChildren(panel);
};

for (const sort of ["htmx:error", "lost-signal"]) document.addEventListener(sort, say);
document.addEventListener("htmx:before:request", () => place()?.replaceChildren());
document.addEventListener("click", (event) => {
  if (!event.target.closest("#oops a")) event.target.closest("#oops")?.replaceChildren();
});
