// A recording that is written down on this phone while it is made: its sound, its way, its stops and their photos, and
// what is typed beside it. Where that cannot be (no room, a private window), the recording goes on as it would have.

import { Capture, forget } from "./kept.js";

const SETTLE = 400;
const ROUTE_EVERY = 1000;

/** What a form says in words: {name: text}, without what belongs to the sending. */
export function typed(form) {
  const said = [...new FormData(form)].filter(([name, value]) => typeof value === "string" && value.trim() && name);
  return Object.fromEntries(said.filter(([name]) => !["once", "upload", "stops", "route"].includes(name)));
}

export class Keeping {
  #capture = null;
  #release = () => {};
  #timer = 0;
  #written = 0;
  #files = [];

  /** `changed()` is called when `safe` changes: whether all that was recorded so far is on this phone. */
  constructor(form, changed) {
    Object.assign(this, { form, changed, safe: false, state: "recording", stops: [], points: [], id: form.elements.once?.value });
    form.addEventListener("input", () => this.touch());
    if (this.id) this.#hold();
  }

  #hold() {
    navigator.locks?.request(`kept:${this.id}`, () => new Promise((resolve) => (this.#release = resolve)));
  }

  /** Begins, for `who` (see kept.js). `kind()` is what it is so far; `points` is the array that a walk's points go into. */
  begin({ who, kind, format, points }) {
    Object.assign(this, { kind, points });
    this.#files = [{ file: "sound", name: `recording-${new Date().toISOString().slice(0, 10)}.${format.ending}`, type: format.type }];
    this.#capture = Capture.begin({ id: this.id || undefined, kind: kind(), who })
      .then((capture) => {
        if (!this.id) {
          this.id = capture.id;
          this.#hold();
        }
        this.#describe(capture);
        return capture;
      })
      .catch(() => null);
    this.ticking = setInterval(() => this.#way(), ROUTE_EVERY);
  }

  piece(blob) {
    return this.#write((capture) => capture.append("sound", blob));
  }

  /** A stop, and the photo that goes with it, if there is one. */
  stop(stop, photo) {
    this.stops.push(stop);
    if (photo) {
      stop.file = `photo-${this.#files.length}`;
      this.#files.push({ file: stop.file, name: photo.name, type: photo.type });
      this.#write((capture) => capture.append(stop.file, photo));
    }
    this.touch();
  }

  unstop(stop) {
    this.stops.splice(this.stops.indexOf(stop), 1);
    this.#files = this.#files.filter(({ file }) => file !== stop.file);
    this.touch();
  }

  /** What is typed is written down a moment after it was. */
  touch() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#write((capture) => this.#describe(capture)), SETTLE);
  }

  /** `state`: "finished" waits until its person says what becomes of it; "kept" goes into its box by itself. */
  async become(state) {
    this.state = state;
    clearTimeout(this.#timer);
    clearInterval(this.ticking);
    await this.#way();
    await this.#write((capture) => this.#describe(capture));
  }

  /** Whoever sends what waits on this phone may have it now. */
  free() {
    this.#release();
    document.dispatchEvent(new CustomEvent("kept:free"));
  }

  /** It was taken out: nothing of it stays here. */
  async letGo() {
    clearTimeout(this.#timer);
    clearInterval(this.ticking);
    const capture = await this.#capture;
    this.#capture = null;
    if (capture) await forget(capture.id);
  }

  #describe(capture) {
    const [kind, state] = [this.kind(), this.state];
    return capture.describe({ kind, state, fields: typed(this.form), files: this.#files, stops: this.stops });
  }

  #way() {
    const fresh = this.points.slice(this.#written);
    if (!fresh.length) return null;
    this.#written = this.points.length;
    return this.#write((capture) => capture.append("route", new Blob([JSON.stringify(fresh)])));
  }

  async #write(work) {
    const capture = await this.#capture;
    if (!capture) return;
    const was = this.safe;
    this.safe = await work(capture).then(
      () => true,
      () => false,
    );
    if (was !== this.safe) this.changed();
  }
}
