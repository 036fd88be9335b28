// Whether somebody is still signed in, and what happens on a page whose sign-in is over.

const PATIENCE_MS = 8000;
const LAST_MS = 3000;

/** What is still to be done on a page before it goes: functions, waited for a moment. */
export const beforeGoing = new Set();

/** True while the sign-in lasts, false once it is over; null where nothing can be known now. */
export async function stillHere() {
  try {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const { status } = await fetch("/here", { cache: "no-store", redirect: "manual", signal });
    return status === 401 ? false : status === 204 || null;
  } catch {
    return null;
  }
}

/** The sign-in is over: nothing of the page shows any more, and the front door opens. */
export async function over() {
  document.documentElement.classList.add("gone");
  const last = Promise.allSettled([...beforeGoing].map((each) => each()));
  await Promise.race([last, new Promise((resolve) => setTimeout(resolve, LAST_MS))]);
  location.replace("/sign-in");
}
