/** What the tests call in the page: each starts a worker and waits for its answer. */

/** The next message of a worker; an error there is an error here. */
function answer(worker) {
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(message));
  });
}

globalThis.runHeaps = async (bytes) => {
  const worker = new Worker('/heap-worker.js', { type: 'module' });
  const { strategies } = await answer(worker);
  const results = [];
  for (const [index, name] of strategies.entries()) {
    const buffer = new SharedArrayBuffer(bytes);
    worker.postMessage({ name, buffer, mark: index + 1000 });
    const { block, ...result } = await answer(worker);
    // The worker's block, read by the page: one memory, two threads.
    const seen = new Int32Array(buffer)[block >> 2] === index + 1000;
    results.push({ ...result, seen });
  }
  worker.terminate();
  return results;
};

globalThis.runFirmware = async (url, heap) => {
  const worker = new Worker('/firmware-worker.js', { type: 'module' });
  worker.postMessage({ url, heap });
  const result = await answer(worker);
  worker.terminate();
  return result;
};
