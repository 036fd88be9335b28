// <button data-passkey="sign-in" | "register" data-options="<url>" data-verify="<url>">: without scripts, and where
// passkeys cannot work, the stylesheet hides it and every [data-passkey-only], and shows [data-no-passkeys]. Options are asked for with POST (the fields of the form around it go along as JSON), the answer is
// posted as JSON, and the page goes to `location` of what comes back. Sentences go to [data-passkey-words], a
// role=status, made if there is none; they are the button's data-otherwise (it did not go through), data-exists,
// data-not-here (the address has none) and data-no-signal.

import { creationOptions, credentialJson, requestOptions } from "./lib/webauthn-json.js";
import { make } from "./lib/parts.js";

if (!globalThis.PublicKeyCredential || !navigator.credentials) document.documentElement.classList.add("no-passkeys");

const WORDS = { InvalidStateError: "exists", SecurityError: "notHere" };

class Said extends Error {}

async function post(url, body, said) {
  let answer;
  try {
    answer = await fetch(url, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: JSON.stringify(body),
    });
  } catch {
    throw new Said(said.noSignal);
  }
  const json = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Said(typeof json.detail === "string" ? json.detail : said.otherwise);
  return json;
}

function place(button) {
  const known = document.querySelector("[data-passkey-words]");
  if (known) return known;
  const words = make("p", { class: "err", role: "status", "data-passkey-words": "" });
  button.after(words);
  return words;
}

async function run(button) {
  const kind = button.dataset.passkey;
  const words = place(button);
  words.textContent = "";
  button.disabled = true;
  try {
    const typed = button.form ? Object.fromEntries(new FormData(button.form)) : {};
    const given = await post(button.dataset.options, typed, button.dataset);
    const options = given.publicKey ?? given;
    const credential =
      kind === "register"
        ? await navigator.credentials.create({ publicKey: creationOptions(options) })
        : await navigator.credentials.get({ publicKey: requestOptions(options) });
    const { location: onward } = await post(button.dataset.verify, credentialJson(credential), button.dataset);
    location.assign(onward ?? "/");
  } catch (error) {
    words.textContent = error instanceof Said ? error.message : button.dataset[WORDS[error.name] ?? "otherwise"];
    button.disabled = false;
  }
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-passkey]");
  if (!button) return;
  event.preventDefault();
  run(button);
});
addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("[data-passkey]")) button.disabled = false;
});
