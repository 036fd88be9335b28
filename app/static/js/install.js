// [data-install hidden]: a button that puts the app on the home screen. Shown where the browser offers to; where it does
// not, the steps beside it say how.

const buttons = document.querySelectorAll("[data-install]");
let offer = null;

function show() {
  for (const button of buttons) button.hidden = !offer;
}

addEventListener("beforeinstallprompt", (event) => {
  event.preventDefault();
  offer = event;
  show();
});
addEventListener("appinstalled", () => {
  offer = null;
  show();
});
for (const button of buttons) {
  button.addEventListener("click", async () => {
    const asked = offer;
    offer = null;
    await asked?.prompt();
    show();
  });
}
