// Says so when htmx could not reach us. What was typed is untouched.

const place = () => document.getElementById("oops");

document.addEventListener("htmx:error", () => {
  const words = document.createElement("p");
  words.textContent = "No signal. What you typed is still here. Try again when you’re back online.";
  const panel = document.createElement("div");
  panel.className = "panel";
  panel.append(words);
  place()?.replaceChildren(panel);
});

document.addEventListener("htmx:before:request", () => place()?.replaceChildren());
document.addEventListener("click", (event) => {
  if (!event.target.closest("#oops a")) event.target.closest("#oops")?.replaceChildren();
});
