// Which memory some files make together.

/** "photo", "video" or "voice", or "" where it takes more than one memory to hold them. */
export function oneMemory(files) {
  const sorts = files.map(({ type }) => type.split("/")[0]);
  if (sorts.every((sort) => sort !== "video" && sort !== "audio")) return "photo";
  if (files.length > 1) return "";
  return sorts[0] === "video" ? "video" : "voice";
}
