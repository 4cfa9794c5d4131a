/**
 * Allocation traces as data: for each operation the slot it works on, and the size to put there,
 * or 0 to free it. Seeded, so that every contender replays the same calls.
 */
import { Random } from '@bareheap/conformance';

const OPERATIONS = 400_000;

const small = (random) => random.between(8, 64);
const mixed = (random) => (random.oneIn(10) ? random.between(256, 2048) : random.between(8, 128));

function emptyTrace(slots) {
  const sizes = new Int32Array(OPERATIONS);
  return { slots, slotOf: new Int32Array(OPERATIONS), sizes, length: 0 };
}

/** Appends an operation; false when the trace is full. */
function push(trace, slot, size) {
  if (trace.length === OPERATIONS) return false;
  trace.slotOf[trace.length] = slot;
  trace.sizes[trace.length] = size;
  trace.length++;
  return true;
}

/** Frees a slot when it is used, fills it when not; which, is random. */
function churn(slots, sizeOf, seed) {
  const random = new Random(seed);
  const trace = emptyTrace(slots);
  const isUsed = new Uint8Array(slots);
  for (let more = true; more; ) {
    const slot = random.below(slots);
    more = push(trace, slot, isUsed[slot] ? 0 : sizeOf(random));
    isUsed[slot] ^= 1;
  }
  return trace;
}

/** Fills `depth` slots, then frees them in the order that `freed` gives, again and again. */
function waves(depth, sizeOf, seed, freed) {
  const random = new Random(seed);
  const trace = emptyTrace(depth);
  for (let more = true; more; ) {
    for (let slot = 0; slot < depth; slot++) more = push(trace, slot, sizeOf(random));
    for (let index = 0; index < depth; index++) more = push(trace, freed(index, depth), 0);
  }
  return trace;
}

/** Frees every other block and asks for larger ones, which fit no hole until neighbours go. */
function fragmenting(slots, seed) {
  const random = new Random(seed);
  const trace = emptyTrace(slots);
  for (let more = true; more; ) {
    for (let slot = 0; slot < slots; slot++) more = push(trace, slot, random.between(16, 96));
    for (let slot = 0; slot < slots; slot += 2) more = push(trace, slot, 0);
    for (let slot = 0; slot < slots; slot += 2) more = push(trace, slot, random.between(97, 160));
    for (let slot = 1; slot < slots; slot += 2) more = push(trace, slot, 0);
    for (let slot = 0; slot < slots; slot += 2) more = push(trace, slot, 0);
  }
  return trace;
}

/** The traces by name; `bytes` is the region they run in. */
export const HEAP_TRACES = {
  'small churn': { bytes: 1 << 16, make: () => churn(300, small, 1) },
  'mixed sizes': { bytes: 1 << 20, make: () => churn(1000, mixed, 2) },
  'last in, first out': {
    bytes: 1 << 18,
    make: () => waves(500, small, 3, (index, depth) => depth - 1 - index),
  },
  'first in, first out': { bytes: 1 << 18, make: () => waves(500, small, 4, (index) => index) },
  fragmenting: { bytes: 1 << 18, make: () => fragmenting(600, 5) },
  '8 KiB heap': { bytes: 8192, make: () => churn(60, small, 6) },
};
