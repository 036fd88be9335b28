// The files of one form: a row for each, a hidden field for each that arrived, and a form that waits for the rest.
// What is said comes with the input: data-upload-words, and with each limit in data-upload-most (app/media/limits.py).

import { fill, icon, make, sizeWords } from "./parts.js";
import { sendFile } from "./tus-file.js";

const forms = new WeakMap();
const trays = new WeakMap();

/** What one form is still waiting for. */
class Waiting {
  constructor(form, words) {
    this.form = form;
    this.words = words;
    this.open = new Set();
    this.failed = new Set();
    this.submitter = null;
    form.addEventListener("submit", (event) => this.#hold(event), true);
    addEventListener("beforeunload", (event) => {
      if (form.isConnected && this.open.size) event.preventDefault();
    });
  }

  #hold(event) {
    if (!this.open.size && !this.failed.size) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const [broken] = this.failed;
    if (broken) return broken.querySelector("button").focus();
    if (this.submitter) return;
    this.submitter = event.submitter ?? this.form.querySelector("button:not([type=button])");
    this.label = [...this.submitter.childNodes];
    this.submitter.replaceChildren(this.words.busy);
    this.submitter.setAttribute("aria-disabled", "true");
  }

  changed() {
    if (!this.submitter || (this.open.size && !this.failed.size)) return;
    const button = this.submitter;
    button.replaceChildren(...this.label);
    button.removeAttribute("aria-disabled");
    this.submitter = null;
    if (!this.failed.size) this.form.requestSubmit(button);
  }
}

function waiting(form, words) {
  if (!forms.has(form)) forms.set(form, new Waiting(form, words));
  return forms.get(form);
}

function preview(file) {
  const drawn = { image: "camera", video: "video", audio: "mic" }[file.type.split("/")[0]] ?? "words";
  const pic = make("span", { class: "pic" }, icon(drawn));
  if (file.type.startsWith("image/")) {
    const image = make("img", { alt: "", src: URL.createObjectURL(file) });
    image.addEventListener("load", () => {
      pic.replaceChildren(image);
      URL.revokeObjectURL(image.src);
    });
    image.addEventListener("error", () => URL.revokeObjectURL(image.src));
  }
  return pic;
}

/** The sentence for a file that is over its limit, before a byte of it is sent. `most`: {image: [bytes, sentence], …}. */
function tooBig(file, most) {
  const [bytes, sentence] = most[file.type.split("/")[0]] ?? most["*"] ?? [];
  // A file that its phone gives no type is left to the server, which goes by its name.
  return file.type && bytes && file.size > bytes ? sentence : null;
}

/** The files chosen through one `<input type=file data-upload data-box>`. Use `tray(input)` to get it. */
class Tray {
  constructor(input) {
    this.input = input;
    this.needed = input.required;
    this.items = new Set();
    this.words = JSON.parse(input.dataset.uploadWords ?? "{}");
    this.most = JSON.parse(input.dataset.uploadMost ?? "{}");
    this.list = make("ul", { class: "sendings", role: "list" });
    this.status = make("p", { class: "vh", role: "status" });
    const rows = document.getElementById(input.dataset.uploadRows);
    if (rows) rows.append(this.list, this.status);
    else (input.closest("[data-upload-place]") ?? input).after(this.list, this.status);
  }

  /**
   * Sends files with the form. `name` is the hidden field that carries each upload's id ("" for none);
   * `arrived(id)` is called before the form may go on, `removed()` when the row is taken out. Returns the items.
   */
  add(files, { name = this.input.dataset.uploadName ?? "upload", arrived, removed } = {}) {
    if (!this.input.multiple && name) for (const item of [...this.items]) if (item.name) item.remove();
    return [...files].map((file) => this.#send(file, { name, arrived, removed }));
  }

  #send(file, { name, arrived, removed }) {
    const said = this.words;
    const form = waiting(this.input.form, said);
    const named = { name: file.name };
    const bar = make("progress", { max: "100", value: "0", "aria-label": fill(said.sends, named) });
    const words = make("span", { class: "sub" });
    const out = make("button", { type: "button", class: "round", "aria-label": fill(said.out, named) }, icon("x"));
    const again = make("button", { type: "button", class: "btn quiet slim", hidden: "" }, said.again);
    const what = fill(said.file, { ...named, size: sizeWords(file.size, said) });
    const middle = make("div", {}, make("b", {}, what), bar, words, again);
    const row = make("li", { class: "sending panel" }, preview(file), middle, out);
    let hidden = null;
    let before = "";
    this.list.append(row);

    const say = (state, share, sentence) => {
      const percent = Math.floor(share * 100);
      bar.value = percent;
      words.textContent = said[sentence] ?? sentence ?? fill(said[state], { done: `${percent}%` });
      again.hidden = state !== "failed";
      row.classList.toggle("done", state === "done");
      if (state !== before && ["waiting", "done", "failed"].includes(state)) {
        this.status.textContent = fill(said.news, { ...named, news: words.textContent });
      }
      before = state;
      form.open.delete(row);
      form.failed.delete(row);
      if (state === "failed") form.failed.add(row);
      else if (state !== "done") form.open.add(row);
      form.changed();
    };
    const refusal = tooBig(file, this.most);
    let sending = { retry() {}, remove() {} };
    if (refusal) {
      bar.remove();
      again.remove();
      say("failed", 0, refusal);
    } else {
      sending = sendFile(file, {
        endpoint: this.input.dataset.upload,
        box: this.input.dataset.box ?? "",
        say,
        done: (id) => {
          if (name) row.append((hidden = make("input", { type: "hidden", name, value: id })));
          arrived?.(id);
        },
      });
    }
    const item = {
      name,
      row,
      remove: () => {
        sending.remove();
        hidden?.remove();
        row.remove();
        this.status.textContent = "";
        this.items.delete(item);
        form.open.delete(row);
        form.failed.delete(row);
        removed?.();
        this.input.required = this.needed && !this.items.size;
        form.changed();
      },
    };
    again.addEventListener("click", sending.retry);
    out.addEventListener("click", () => {
      item.remove();
      this.input.focus();
    });
    this.items.add(item);
    this.input.required = false;
    return item;
  }
}

/** The tray of a file input, made on first use. */
export function tray(input) {
  if (!trays.has(input)) trays.set(input, new Tray(input));
  return trays.get(input);
}
