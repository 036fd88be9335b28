// Hide: the button (a link to #away), three quick presses of Shift, or a shake. The page is gone before the next frame:
// what it held is taken out of the document, what plays stops, its title and its place in the history become the cover's.
// The cookie makes every page of ours the cover until "Open" is pressed, here and in other tabs (app/people/away.py).

const QUICK_MS = 900;
const SHAKE = 22; // m/s², well over what walking and a bump in the road do
const SHAKE_GAP_MS = 120;
// As app/web/cookies.py calls it.
const COOKIE = location.protocol === "https:" ? "__Host-holdfast-away" : "holdfast-away";
const SECURE = location.protocol === "https:" ? "; Secure" : "";
const tabs = globalThis.BroadcastChannel ? new BroadcastChannel("holdfast-cover") : null;
let hidden = Boolean(document.querySelector(".away.up"));

function silence() {
  for (const each of document.querySelectorAll("audio, video")) {
    each.pause();
    each.removeAttribute("src");
    each.replaceChildren();
    each.load();
  }
  globalThis.speechSynthesis?.cancel();
  if (navigator.mediaSession) navigator.mediaSession.metadata = null;
  if (document.pictureInPictureElement) document.exitPictureInPicture();
  if (document.fullscreenElement) document.exitFullscreen();
}

/** Cover everything, at once. `told` when another tab has told the others. */
export function hide(told = false) {
  if (hidden) return;
  hidden = true;
  document.cookie = `${COOKIE}=1; Path=/; SameSite=Lax${SECURE}`;
  silence();
  const cover = document.getElementById("away") ?? document.createElement("aside");
  cover.removeAttribute("id");
  cover.className = "away up";
  document.body.className = "";
  document.body.replaceChildren(cover);
  document.title = document.querySelector('meta[name="apple-mobile-web-app-title"]')?.content ?? "";
  delete document.documentElement.dataset.mode;
  Object.assign(document.documentElement.dataset, { theme: "tide", cover: "tide" });
  const still = new CSSStyleSheet();
  still.replaceSync("@view-transition { navigation: none }"); // nothing of what was here fades out
  document.adoptedStyleSheets = [still];
  history.replaceState(null, "", "/away");
  if (told !== true) tabs?.postMessage("hide");
  // Empties what the browser keeps for Back, where there is a signal. Without one, and with no copy of the cover kept on
  // this phone, the page stays as it is now: an empty cover.
  const heard = fetch("/away/now", { keepalive: true });
  const atHand = navigator.serviceWorker?.controller ? Promise.resolve() : heard;
  heard.catch(() => {});
  atHand.then(() => location.replace("/away"), () => {});
}

/** Whether this browser is covered. */
export const covered = () => document.cookie.split("; ").includes(`${COOKIE}=1`);

document.addEventListener("click", (event) => {
  if (!event.target.closest?.('a[href="#away"]')) return;
  event.preventDefault();
  hide();
}, { capture: true });

let presses = [];
document.addEventListener("keydown", (event) => {
  if (event.key !== "Shift") presses = [];
  else if (!event.repeat) {
    presses = [...presses.filter((at) => event.timeStamp - at < QUICK_MS), event.timeStamp];
    if (presses.length >= 3) hide();
  }
}, { capture: true });

// A shake: three hard turns, one way and back again, inside a second. Where a browser would have to ask, nobody is asked.
function felt() {
  let turns = [];
  let way = null;
  addEventListener("devicemotion", ({ acceleration: now, timeStamp: at }) => {
    if (now?.x == null || Math.hypot(now.x, now.y, now.z) < SHAKE) return;
    turns = turns.filter((one) => at - one < 1000);
    const back = way && now.x * way.x + now.y * way.y + now.z * way.z < 0;
    if (turns.length && (!back || at - turns.at(-1) < SHAKE_GAP_MS)) return;
    way = { x: now.x, y: now.y, z: now.z };
    turns.push(at);
    if (turns.length >= 3) hide();
  });
}
const mayFeel = document.featurePolicy?.allowsFeature("accelerometer") ?? true; // not on the recorder, for one
if (mayFeel) navigator.permissions?.query({ name: "accelerometer" }).then(({ state }) => state === "granted" && felt(), () => {});

tabs?.addEventListener("message", ({ data }) => data === "hide" && hide(true));
// "Open", also with no signal: the cookie goes here, and the phone shows what it can.
document.addEventListener("submit", (event) => {
  if (event.target.getAttribute("action") !== "/away/open") return;
  event.preventDefault();
  document.cookie = `${COOKIE}=; Path=/; Max-Age=0${SECURE}`;
  location.replace(event.target.elements.next?.value || "/");
});
// A page that was shown with no signal, or came out of the browser's memory, is covered as well.
addEventListener("pageshow", () => covered() && hide(true));
if (covered()) hide(true);
