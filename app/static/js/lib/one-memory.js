// Which memories some files make: pictures together with what moves in them, each film and each sound by itself.

const MOST_PHOTOS = 60;

const named = (file) => /^(.*)\.([^.]*)$/.exec(file.name.toLowerCase()) ?? ["", file.name, ""];

// What phones and computers do not know by its type: the films of camcorders, the sound of recorders.
const FILMS = ["mts", "m2ts", "m2t", "mpg", "mpeg", "vob", "dv"];
const SOUNDS = ["amr", "caf", "w64", "au", "ac3", "opus", "m4a"];

function kindOf(file) {
  const known = { image: "photo", video: "video", audio: "voice" }[file.type.split("/")[0]];
  const ending = named(file)[2];
  return known ?? (FILMS.includes(ending) ? "video" : SOUNDS.includes(ending) ? "voice" : "photo");
}

/** The short films that a phone keeps beside a photo of the same name (media/names.py). */
function movingHalves(files) {
  const stills = files.filter((file) => ["heic", "heif", "jpg", "jpeg"].includes(named(file)[2]));
  return files.filter((file) => {
    const [, stem, ending] = named(file);
    const twins = files.filter((other) => other.name.toLowerCase() === file.name.toLowerCase());
    const own = stills.filter((still) => named(still)[1] === stem);
    return ["mov", "mp4"].includes(ending) && own.length === 1 && twins.length === 1;
  });
}

/** [{kind, files}], as the server would sort them out. */
export function lots(files) {
  const sorted = { photo: [], video: [], voice: [] };
  const halves = movingHalves(files);
  for (const file of files.filter((each) => !halves.includes(each))) {
    sorted[kindOf(file)].push(file);
  }
  sorted.photo.push(...halves);
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
