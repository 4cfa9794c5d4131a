/**
 * In a worker of a page: runs random programs on every strategy over a SharedArrayBuffer that the
 * page made, then leaves one block of each with a word in it that the page looks for.
 */
import { bufferRegion, HEAP_RULES, HeapModel, Random, randomProgram } from '@bareheap/conformance';
import { ALL_STRATEGIES, BufferHeapMemory, createHeap, STRATEGIES } from '@bareheap/core';

const OPERATIONS = 5000;
const BASE = 0x2000_0000;
/** Gives single blocks back only when they are the last one. */
const NEVER_REUSE = new Set(['bump']);

/** A heap of the strategy over all of the buffer, which is cleared. */
function freshHeap(name, buffer) {
  new Uint8Array(buffer).fill(0);
  return createHeap(name, new BufferHeapMemory(buffer), BASE, buffer.byteLength);
}

function runStrategy(name, buffer) {
  const make = (memory, base, size) => createHeap(name, memory, base, size);
  // The other strategies promise no more than what every heap keeps.
  const promises = name in STRATEGIES;
  const comesBack = promises && !NEVER_REUSE.has(name);
  const traits = {
    reuses: comesBack,
    merges: comesBack,
    growsInPlace: promises,
    hasHeaders: promises,
  };
  const region = bufferRegion(BASE);
  for (const rule of HEAP_RULES) rule.verify({ make, region, traits, seeds: 40 });
  const heap = freshHeap(name, buffer);
  const model = new HeapModel(heap, { base: BASE, bytes: new Uint8Array(buffer) });
  const shape = { operations: OPERATIONS, largest: buffer.byteLength >> 4, frees: 120 };
  model.run(randomProgram(new Random(1), shape), { checkEvery: 97 });
  model.freeAll();
  return { name, defects: heap.check(), block: freshHeap(name, buffer).allocate(8, 8) - BASE };
}

self.onmessage = ({ data: { name, buffer, mark } }) => {
  try {
    const result = runStrategy(name, buffer);
    new Int32Array(buffer)[result.block >> 2] = mark;
    self.postMessage(result);
  } catch (error) {
    self.postMessage({ name, defects: [String(error)], block: 0 });
  }
};

self.postMessage({ strategies: Object.keys(ALL_STRATEGIES).filter((name) => name !== 'null') });
