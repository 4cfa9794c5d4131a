/**
 * The worst call in steps while the heap grows from 8 KiB to 1 GiB: constant for TLSF and for a
 * buddy heap whose largest block is given, as its bound is the number of its sizes. Without, the
 * largest block is the heap's, and the worst call grows with the logarithm of the heap: a row of its
 * own, below what is bounded.
 */
import { Random } from '@bareheap/conformance';
import { BuddyHeap, BufferHeapMemory, buddySteps, TLSF_STEPS, TlsfHeap } from '@bareheap/core';

const SIZES = [8192, 1 << 16, 1 << 20, 1 << 24, 1 << 28, 2 ** 30];
const LARGEST = 1024;
/** What makes each heap, the largest request it is given, and the bound on the steps of a call. */
const HEAPS = {
  tlsf: {
    make: (memory, bytes) => new TlsfHeap(memory, BASE, bytes),
    most: (bytes) => bytes / 8,
    bound: () => TLSF_STEPS,
  },
  buddy: {
    make: (memory, bytes) => new BuddyHeap(memory, BASE, bytes, LARGEST),
    most: (bytes) => Math.min(bytes / 8, LARGEST),
    bound: () => buddySteps(LARGEST),
  },
  'buddy, unlimited': {
    make: (memory, bytes) => new BuddyHeap(memory, BASE, bytes),
    most: (bytes) => bytes / 8,
    // A pool has a little less than the region: its largest block is at most half of that.
    bound: (bytes) => buddySteps(bytes / 2),
  },
};
const OPERATIONS = 50_000;
const BASE = 65_536;

/**
 * Cuts the smallest block from a heap that is one hole, and gives it back; then random churn.
 *
 * @returns the worst steps
 */
function worstSteps({ make, most: mostOf }, bytes) {
  const heap = make(new BufferHeapMemory(new ArrayBuffer(bytes)), bytes);
  heap.deallocate(heap.allocate(1, 8), 0, 8);
  const random = new Random(bytes);
  // So many that a heap is filled in part: what is full neither splits nor merges much.
  const blocks = new Float64Array(Math.min(256, bytes / 512));
  const sizeLog2 = Math.log2(mostOf(bytes));
  for (let operation = 0; operation < OPERATIONS; operation++) {
    const slot = random.below(blocks.length);
    const size = random.between(1, 2 ** random.between(4, sizeLog2));
    const align = random.oneIn(8) ? 64 : 8;
    const block = blocks[slot];
    if (block === 0) blocks[slot] = heap.allocate(size, align);
    else if (random.oneIn(4)) blocks[slot] = heap.reallocate(block, 0, align, size) || block;
    else {
      heap.deallocate(block, 0, 8);
      blocks[slot] = 0;
    }
  }
  return heap.worstSteps;
}

function sizeText(bytes) {
  const power = Math.floor(Math.log2(bytes) / 10);
  return `${bytes / 1024 ** power} ${['B', 'KiB', 'MiB', 'GiB'][power]}`;
}

/** Prints the table. @returns worst steps by strategy and size in bytes */
export function benchHeapGrowth({ print = console.log } = {}) {
  const smallest = SIZES[0];
  const largest = SIZES.at(-1);
  print(`worst call in steps as the heap grows; buddy has blocks of up to ${sizeText(LARGEST)}`);
  print(`${''.padEnd(20)}${SIZES.map((bytes) => sizeText(bytes).padStart(10)).join('')}     bound`);
  return Object.fromEntries(
    Object.entries(HEAPS).map(([name, heap]) => {
      const steps = SIZES.map((bytes) => worstSteps(heap, bytes));
      const bounds = new Set([heap.bound(smallest), heap.bound(largest)]);
      const cells = steps.map((count) => String(count).padStart(10)).join('');
      print(`${name.padEnd(20)}${cells}     ${[...bounds].join(' to ')}`);
      return [name, Object.fromEntries(SIZES.map((bytes, index) => [bytes, steps[index]]))];
    }),
  );
}
