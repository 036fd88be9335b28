// One file, sent by tus 1.0 until it has arrived: it waits when the signal drops and carries on by itself.

const PIECE = 5 * 1024 * 1024;
const AT_ONCE = 3;
const LONGEST_WAIT = 60_000;
const STALLED = 30_000;

let running = 0;
const queue = [];
let library;

function tus() {
  library ??= import("../../vendor/tus.min.js").then(() => globalThis.tus);
  return library;
}

async function fingerprint(file, { endpoint, box }) {
  if (!globalThis.crypto?.subtle) return null;
  const known = [endpoint, box, file.name, file.type, file.size, file.lastModified].join("\n");
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(known));
  return `sending-${[...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

// Where a half-sent file was going. Names of files are kept out of it: other people may use this phone.
const memory = {
  async findAllUploads() {
    return [];
  },
  async findUploadsByFingerprint(print) {
    const kept = localStorage.getItem(print);
    return kept ? [{ ...JSON.parse(kept), urlStorageKey: print }] : [];
  },
  async removeUpload(key) {
    localStorage.removeItem(key);
  },
  async addUpload(print, { size, creationTime, uploadUrl }) {
    try {
      localStorage.setItem(print, JSON.stringify({ size, metadata: {}, creationTime, uploadUrl }));
    } catch {
      // A full phone: it is sent all the same, and from its beginning if the page closes meanwhile.
    }
    return print;
  },
};

function next() {
  while (running < AT_ONCE && queue.length) {
    running += 1;
    queue.shift()();
  }
}

/** The sentence for an answer that trying again will not change, or "shut" or "refused"; null when it may. */
function finalWords(status, body) {
  if (!status || status >= 500 || [408, 409, 423, 429].includes(status)) return null;
  if (status === 401 || status === 403) return "shut";
  return body && body.length < 200 && !body.includes("<") ? body : "refused";
}

/**
 * Sends `file` to the tus endpoint. `say(state, share, sentence)` hears of every change:
 * state is "queued", "sending", "waiting", "done" or "failed"; share is 0–1; sentence is said why it failed, and is
 * the server's own or "shut" (whoever sends has to sign in again) or "refused". `done(id)` is called once, before that.
 * Returns {retry(), remove()}; remove also asks the server to forget it.
 */
export function sendFile(file, { endpoint, box, say, done }) {
  let upload = null;
  let share = 0;
  let tries = 0;
  let timer = 0;
  let stall = 0;
  let state = "queued";
  let holding = false;

  const tell = (now, sentence) => {
    state = now;
    say(now, share, sentence);
  };
  const release = () => {
    if (holding) running -= 1;
    holding = false;
    clearTimeout(stall);
    next();
  };
  const watch = () => {
    clearTimeout(stall);
    stall = setTimeout(() => upload.abort().then(wait, wait), STALLED);
  };
  const wait = () => {
    release();
    if (["done", "failed", "removed"].includes(state)) return;
    tell("waiting");
    clearTimeout(timer);
    timer = setTimeout(again, Math.min(LONGEST_WAIT, 1000 * 2 ** tries));
    tries += 1;
  };
  const again = () => {
    clearTimeout(timer);
    if (state !== "waiting" && state !== "failed") return;
    tell("queued");
    queue.push(start);
    next();
  };
  const online = () => state === "waiting" && again();
  const fail = (error) => {
    const answer = error?.originalResponse;
    const words = finalWords(answer?.getStatus(), answer?.getBody()?.trim());
    if (!words) return wait();
    release();
    tell("failed", words);
  };

  async function start() {
    holding = true;
    if (state === "removed") return release();
    try {
      upload ??= await prepare();
    } catch {
      return wait();
    }
    if (state === "removed") return release();
    tell("sending");
    watch();
    upload.start();
  }

  async function prepare() {
    const { Upload } = await tus();
    const made = new Upload(file, {
      endpoint,
      chunkSize: PIECE,
      retryDelays: null,
      metadata: { filename: file.name, filetype: file.type, box },
      fingerprint: () => fingerprint(file, { endpoint, box }),
      urlStorage: memory,
      removeFingerprintOnSuccess: true,
      onProgress(sent, whole) {
        share = whole ? sent / whole : 1;
        tries = 0;
        watch();
        tell("sending");
      },
      onSuccess() {
        share = 1;
        removeEventListener("online", online);
        release();
        done(new URL(made.url, location.href).pathname.split("/").filter(Boolean).pop());
        tell("done");
      },
      onError: fail,
    });
    const [earlier] = await made.findPreviousUploads();
    if (earlier) made.resumeFromPreviousUpload(earlier);
    return made;
  }

  addEventListener("online", online);
  queue.push(start);
  tell("queued");
  queueMicrotask(next);
  return {
    retry: again,
    remove() {
      state = "removed";
      clearTimeout(timer);
      removeEventListener("online", online);
      release();
      upload?.abort(true).catch(() => {});
      fingerprint(file, { endpoint, box }).then((print) => print && memory.removeUpload(print));
    },
  };
}
