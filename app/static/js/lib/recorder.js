// A sound recording with pauses: MediaRecorder, a clock that stands still while paused, a screen that stays on.

const KINDS = ["audio/webm;codecs=opus", "audio/mp4", "audio/ogg;codecs=opus"];
const ENDINGS = { "audio/webm": "webm", "audio/mp4": "m4a", "audio/ogg": "ogg" };
const PIECE_MS = 1000;

/** Whether this browser can record at this address (it needs https or localhost). */
export function canRecord() {
  return Boolean(globalThis.MediaRecorder && navigator.mediaDevices?.getUserMedia);
}

/** state: "idle", "recording", "paused" or "finished". `changed()` is called after each change. */
export class Recorder {
  #pieces = [];
  #before = 0;
  #since = 0;
  #lock = null;

  constructor(changed) {
    this.changed = changed;
    this.state = "idle";
    document.addEventListener("visibilitychange", () => this.#stayAwake());
  }

  /** Seconds recorded so far. */
  get seconds() {
    return (this.#before + (this.state === "recording" ? performance.now() - this.#since : 0)) / 1000;
  }

  /** Asks for the microphone and begins. Rejects as getUserMedia does. */
  async start() {
    this.stream = await navigator.mediaDevices.getUserMedia({
      audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: true },
    });
    const kind = KINDS.find((each) => MediaRecorder.isTypeSupported(each));
    this.media = new MediaRecorder(this.stream, { ...(kind && { mimeType: kind }), audioBitsPerSecond: 96_000 });
    this.media.addEventListener("dataavailable", ({ data }) => data.size && this.#pieces.push(data));
    // A phone call takes the microphone away; what was said until then is kept.
    this.stream.getAudioTracks()[0].addEventListener("ended", () => this.pause());
    this.media.start(PIECE_MS);
    this.#run();
  }

  pause() {
    if (this.state !== "recording") return;
    this.#before += performance.now() - this.#since;
    this.media.pause();
    this.#become("paused");
  }

  resume() {
    if (this.state !== "paused") return;
    this.media.resume();
    this.#run();
  }

  /** Ends the recording. Returns it as a File called after `name`. */
  async finish(name) {
    if (this.state === "recording") this.#before += performance.now() - this.#since;
    const stopped = new Promise((resolve) => this.media.addEventListener("stop", resolve, { once: true }));
    if (this.media.state === "inactive") return this.#file(name);
    this.media.stop();
    await stopped;
    return this.#file(name);
  }

  #file(name) {
    for (const track of this.stream.getTracks()) track.stop();
    const type = (this.media.mimeType || "audio/webm").split(";")[0];
    this.#become("finished");
    return new File(this.#pieces, `${name}.${ENDINGS[type] ?? "webm"}`, { type });
  }

  #run() {
    this.#since = performance.now();
    this.#become("recording");
  }

  #become(state) {
    this.state = state;
    this.#stayAwake();
    this.changed();
  }

  async #stayAwake() {
    if (this.state === "recording" && !document.hidden) {
      this.#lock ??= await navigator.wakeLock?.request("screen").catch(() => null);
      this.#lock?.addEventListener("release", () => (this.#lock = null), { once: true });
    } else {
      this.#lock?.release();
    }
  }
}
