// A form that was sent cannot be sent again by a second tap. `data-many` on a form opts out (a download, say).

const sent = new Set();

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.hasAttribute("data-many") || form.method === "dialog") return;
  if (sent.has(form)) {
    event.preventDefault();
    return;
  }
  sent.add(form);
  event.submitter?.setAttribute("aria-disabled", "true");
});

// Coming back to the page, also from the browser's own memory, makes every form fresh.
addEventListener("pageshow", () => {
  for (const form of sent) {
    for (const button of form.querySelectorAll('[aria-disabled="true"]')) button.removeAttribute("aria-disabled");
  }
  sent.clear();
});
