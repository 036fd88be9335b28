// A sound recording with pauses: MediaRecorder, a clock that stands still while paused, a screen that stays on.

const KINDS = ["audio/webm;codecs=opus", "audio/mp4", "audio/ogg;codecs=opus"];
const ENDINGS = { "audio/webm": "webm", "audio/mp4": "m4a", "audio/ogg": "ogg" };
// What a phone that dies loses: half a second, and what it takes to write it down.
const PIECE_MS = 500;

/** Whether this browser can record at this address (it needs https or localhost). */
export function canRecord() {
  return Boolean(globalThis.MediaRecorder && navigator.mediaDevices?.getUserMedia);
}

/**
 * state: "idle", "recording", "paused", "ending" or "finished". `changed()` is called after each change, `piece(blob)` with every
 * half second of sound; put together in their order they are the file, whenever it ends.
 */
export class Recorder {
  #pieces = [];
  #before = 0;
  #since = 0;
  #lock = null;

  constructor(changed, piece = () => {}) {
    Object.assign(this, { changed, piece });
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
    try {
      this.media = new MediaRecorder(this.stream, { ...(kind && { mimeType: kind }), audioBitsPerSecond: 96_000 });
      this.media.addEventListener("dataavailable", ({ data }) => {
        if (!data.size) return;
        this.#pieces.push(data);
        this.piece(data);
      });
      // A phone call takes the microphone away; what was said until then is kept.
      this.stream.getAudioTracks()[0].addEventListener("ended", () => this.pause());
      this.media.addEventListener("stop", () => this.pause());
      this.media.start(PIECE_MS);
    } catch (error) {
      this.#letGo();
      throw error;
    }
    this.#run();
  }

  /** Whether it can go on from a pause: not when the microphone was taken away. */
  get goesOn() {
    return this.media?.state !== "inactive";
  }

  pause() {
    if (this.state !== "recording") return;
    this.#before += performance.now() - this.#since;
    if (this.media.state === "recording") {
      this.media.requestData();
      this.media.pause();
    }
    this.#become("paused");
  }

  resume() {
    if (this.state !== "paused" || !this.goesOn) return;
    this.media.resume();
    this.#run();
  }

  /** The type of the file that is being made, and what its name ends in. */
  get format() {
    const type = (this.media.mimeType || "audio/webm").split(";")[0];
    return { type, ending: ENDINGS[type] ?? "webm" };
  }

  /** Ends the recording. Returns it as a File called after `name`. */
  async finish(name) {
    if (this.state === "recording") this.#before += performance.now() - this.#since;
    this.state = "ending";
    const stopped = new Promise((resolve) => this.media.addEventListener("stop", resolve, { once: true }));
    if (this.media.state === "inactive") return this.#file(name);
    this.media.stop();
    await stopped;
    return this.#file(name);
  }

  #letGo() {
    for (const track of this.stream.getTracks()) track.stop();
  }

  #file(name) {
    this.#letGo();
    const { type, ending } = this.format;
    this.#become("finished");
    return new File(this.#pieces, `${name}.${ending}`, { type });
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
