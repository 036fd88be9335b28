// A question to the worker, and its answer.

const PATIENCE_MS = 5000;

/** What the worker answers to `message`; {} where there is no worker, or it says nothing. */
export async function askWorker(message) {
  const worker = navigator.serviceWorker?.controller;
  if (!worker) return {};
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.onmessage = ({ data }) => resolve(data);
    setTimeout(resolve, PATIENCE_MS, {});
    worker.postMessage(message, [port2]);
  });
}
