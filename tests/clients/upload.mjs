// One file to a tus server with tus-js-client as it comes: what it was told on the command line as JSON. It remembers
// where the upload was going in `memory`, and goes on there when it is started again.

import { createReadStream } from "node:fs";
import { FileUrlStorage, Upload } from "tus-js-client";

const { path, endpoint, headers, metadata, chunkSize, memory } = JSON.parse(process.argv[2]);

const upload = new Upload(createReadStream(path), {
  endpoint,
  headers,
  metadata,
  chunkSize: chunkSize ?? Infinity,
  retryDelays: Array(200).fill(10),
  urlStorage: new FileUrlStorage(memory),
  fingerprint: async () => path,
  // It leaves requests behind that were cut off, and Node waits for them.
  onSuccess: () => process.stdout.write(new URL(upload.url).pathname, () => process.exit(0)),
  onError: (error) => process.stderr.write(String(error), () => process.exit(1)),
});
const [earlier] = await upload.findPreviousUploads();
if (earlier) upload.resumeFromPreviousUpload(earlier);
upload.start();
