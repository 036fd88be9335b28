// <button type="button" data-copy="ID" data-copied="<what it says then>" hidden>: copies the value of the field with
// that id, and says so.

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    const field = document.getElementById(button.dataset.copy);
    field.select();
    // Where a browser will not, the words are selected: it takes one more tap.
    const copied = await navigator.clipboard.writeText(field.value).then(() => true, () => false);
    if (copied) button.textContent = button.dataset.copied;
  });
}
