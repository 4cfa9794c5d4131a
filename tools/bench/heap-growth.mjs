/**
 * The worst call in steps while the heap grows from 8 KiB to 1 GiB: constant for the strategies
 * that promise a bound. A buddy heap's bound is the number of its sizes, so one with a largest block
 * keeps it; without, it grows with the logarithm of the heap, which the last row shows.
 */
import { Random } from '@bareheap/conformance';
import { BuddyHeap, BufferHeapMemory, TlsfHeap } from '@bareheap/core';

const SIZES = [8192, 1 << 16, 1 << 20, 1 << 24, 1 << 28, 2 ** 30];
const LARGEST = 4096;
/** What makes each heap, and the largest request it is given. */
const BOUNDED = {
  tlsf: { make: (memory, bytes) => new TlsfHeap(memory, BASE, bytes), most: (bytes) => bytes / 8 },
  'buddy to 4 KiB': {
    make: (memory, bytes) => new BuddyHeap(memory, BASE, bytes, LARGEST),
    most: (bytes) => Math.min(bytes / 8, LARGEST),
  },
  buddy: {
    make: (memory, bytes) => new BuddyHeap(memory, BASE, bytes),
    most: (bytes) => bytes / 8,
  },
};
const OPERATIONS = 50_000;
const BASE = 65_536;

/** Random churn. @returns the worst steps */
function worstSteps({ make, most: mostOf }, bytes) {
  const heap = make(new BufferHeapMemory(new ArrayBuffer(bytes)), bytes);
  const random = new Random(bytes);
  const blocks = new Float64Array(256);
  for (let operation = 0; operation < OPERATIONS; operation++) {
    const slot = random.below(blocks.length);
    if (blocks[slot] !== 0) heap.deallocate(blocks[slot], 0, 8);
    const most = 2 ** random.between(4, Math.log2(mostOf(bytes)));
    blocks[slot] = random.oneIn(3) ? 0 : heap.allocate(random.between(1, most), 8);
  }
  return heap.worstSteps;
}

function sizeText(bytes) {
  const power = Math.floor(Math.log2(bytes) / 10);
  return `${bytes / 1024 ** power} ${['B', 'KiB', 'MiB', 'GiB'][power]}`;
}

/** Prints the table. @returns worst steps by strategy and size in bytes */
export function benchHeapGrowth({ print = console.log } = {}) {
  print('worst call in steps as the heap grows');
  print(''.padEnd(16) + SIZES.map((bytes) => sizeText(bytes).padStart(10)).join(''));
  return Object.fromEntries(
    Object.entries(BOUNDED).map(([name, strategy]) => {
      const steps = SIZES.map((bytes) => worstSteps(strategy, bytes));
      print(name.padEnd(16) + steps.map((count) => String(count).padStart(10)).join(''));
      return [name, Object.fromEntries(SIZES.map((bytes, index) => [bytes, steps[index]]))];
    }),
  );
}
