// Small pieces of page, made the way templates/shared/macros.html makes them.

const SVG = "http://www.w3.org/2000/svg";

function sprite() {
  const known = document.querySelector('use[href*="icons.svg"]');
  return known ? known.getAttribute("href").split("#")[0] : "/static/icons.svg";
}

/** An icon of icons.svg: icon("x", "s"). */
export function icon(name, cls = "") {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", cls ? `i ${cls}` : "i");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `${sprite()}#i-${name}`);
  svg.append(use);
  return svg;
}

/** An element: make("b", {class: "x"}, "text", child). */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** A shape inside an SVG. */
export function shape(tag, attributes) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

/** A sentence that came with the page, with its "%(name)s" filled in: fill("%(name)s sent", {name: "Joe"}). */
export function fill(sentence, values) {
  return (sentence ?? "").replace(/%\((\w+)\)s/g, (whole, name) => values[name] ?? whole);
}

/** Bytes as "84 MB", like the size_words filter. `units`: {bytes: "%(number)s bytes", kb, mb, gb}. */
export function sizeWords(bytes, units) {
  if (bytes < 1000) return fill(units.bytes, { number: bytes });
  if (bytes < 999_500) return fill(units.kb, { number: Math.round(bytes / 1e3) });
  if (bytes < 999_500_000) return fill(units.mb, { number: Math.round(bytes / 1e6) });
  return fill(units.gb, { number: (bytes / 1e9).toFixed(1) });
}

/** Seconds as "6:12", like the clock filter. */
export function clockWords(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  const two = (number) => String(number).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}
