/** In a worker of a page: runs a firmware file and says what it printed and how it ended. */
import { parseImage } from '@bareheap/image';
import { openFirmware } from '@bareheap/machine';

const NO_FILES = new Proxy({}, { get: () => () => ({ ok: false, errno: 2 }) });

function run(bytes, heap) {
  const decoder = new TextDecoder();
  let output = '';
  const host = {
    writeConsole: (_stream, text) => {
      output += decoder.decode(text, { stream: true });
    },
    readConsole: () => null,
    files: NO_FILES,
  };
  const options = { heap, memoryBytes: 2 ** 26, commandLine: 'guest', seed: 1 };
  const firmware = openFirmware(parseImage(bytes), options, host);
  const end = firmware.run({ maxInstructions: 50_000_000 });
  return { output, code: end.code, instructions: firmware.instructions };
}

self.onmessage = async ({ data: { url, heap } }) => {
  const response = await fetch(url);
  self.postMessage(run(new Uint8Array(await response.arrayBuffer()), heap));
};
