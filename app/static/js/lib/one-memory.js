// Which memories some files make: pictures together, each film and each sound by itself.

const MOST_PHOTOS = 60;

/** [{kind, files}], as the server would sort them out. */
export function lots(files) {
  const sorted = { photo: [], video: [], voice: [] };
  for (const file of files) {
    const kind = { video: "video", audio: "voice" }[file.type.split("/")[0]] ?? "photo";
    sorted[kind].push(file);
  }
  const found = ["video", "voice"].flatMap((kind) => sorted[kind].map((file) => ({ kind, files: [file] })));
  for (let at = 0; at < sorted.photo.length; at += MOST_PHOTOS) {
    found.unshift({ kind: "photo", files: sorted.photo.slice(at, at + MOST_PHOTOS) });
  }
  return found;
}

/** "photo", "video" or "voice", or "" where it takes more than one memory to hold them. */
export function oneMemory(files) {
  const found = lots(files);
  return found.length === 1 ? found[0].kind : "";
}
