// <button data-push="<url>" data-push-key="<our public key, base64url>" data-push-no="…" data-push-failed="…" hidden>:
// shown where a browser can be told, instead of [data-push-not]. A tap asks the phone; what it answers is posted as JSON
// to <url>, and the page is shown anew. Sentences go to [data-push-words].

import { toBytes } from "./lib/base64url.js";

const works = "serviceWorker" in navigator && "PushManager" in globalThis && "Notification" in globalThis;

class Said extends Error {}

async function subscribed(button) {
  if (!(await navigator.serviceWorker.getRegistration("/"))) throw new Said(button.dataset.pushFailed);
  const { pushManager } = await navigator.serviceWorker.ready;
  // One that is there may have been made for somebody else, or with another key.
  await (await pushManager.getSubscription())?.unsubscribe();
  return pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: toBytes(button.dataset.pushKey) });
}

async function turnOn(button) {
  const words = document.querySelector("[data-push-words]");
  words.textContent = "";
  button.disabled = true;
  try {
    if ((await Notification.requestPermission()) !== "granted") throw new Said(button.dataset.pushNo);
    const answer = await fetch(button.dataset.push, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: JSON.stringify(await subscribed(button)),
    });
    if (!answer.ok) throw new Said(button.dataset.pushFailed);
    location.assign((await answer.json()).location);
  } catch (error) {
    words.textContent = error instanceof Said ? error.message : button.dataset.pushFailed;
    button.disabled = false;
  }
}

for (const button of document.querySelectorAll("[data-push]")) {
  button.hidden = !works;
  for (const words of document.querySelectorAll("[data-push-not]")) words.hidden = works;
  button.addEventListener("click", () => turnOn(button));
}

// A phone that we do not tell needs no line to its maker's service: it was turned off here, or locked out elsewhere.
if (works && document.querySelector("[data-push]")) {
  const registration = await navigator.serviceWorker.getRegistration("/");
  await (await registration?.pushManager.getSubscription())?.unsubscribe();
}
