/**
 * The worst call in steps while the heap grows from 8 KiB to 1 GiB: constant for the strategies
 * that promise a bound. Heaps beyond what the machine lends as one ArrayBuffer are left out by
 * name.
 */
import { Random } from '@bareheap/conformance';
import { BufferHeapMemory, createHeap, STRATEGIES } from '@bareheap/core';

const SIZES = [8192, 1 << 16, 1 << 20, 1 << 24, 1 << 28, 2 ** 30];
const BOUNDED = ['tlsf', 'buddy'].filter((name) => name in STRATEGIES);
const OPERATIONS = 50_000;
const BASE = 65_536;

/** Random churn whose requests go up to an eighth of the heap. @returns the worst steps */
function worstSteps(name, bytes) {
  const heap = createHeap(name, new BufferHeapMemory(new ArrayBuffer(bytes)), BASE, bytes);
  const random = new Random(bytes);
  const blocks = new Float64Array(256);
  for (let operation = 0; operation < OPERATIONS; operation++) {
    const slot = random.below(blocks.length);
    if (blocks[slot] !== 0) heap.deallocate(blocks[slot], 0, 8);
    const most = 2 ** random.between(4, Math.log2(bytes) - 3);
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
    BOUNDED.map((name) => {
      const steps = SIZES.map((bytes) => worstSteps(name, bytes));
      print(name.padEnd(16) + steps.map((count) => String(count).padStart(10)).join(''));
      return [name, Object.fromEntries(SIZES.map((bytes, index) => [bytes, steps[index]]))];
    }),
  );
}
