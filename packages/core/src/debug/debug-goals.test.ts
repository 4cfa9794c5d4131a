/** Rows of the seed that are about costs and about what other heaps do better: as figures. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { protectedHeap } from '../../test/debug-setups.ts';
import { MISUSE_DOUBLE, MISUSE_INVALID } from '../heap.ts';
import { BufferHeapMemory } from '../heap-memory.ts';
import { traceNeeds } from '../replay/replay.ts';
import { type ReplayStrategy, replayOn } from '../replay/replay-table.ts';
import { createHeap } from '../strategies.ts';
import { TLSF_STEPS } from '../tlsf/tlsf.ts';

const BASE = 0x2000_0000;
const TRACES = ['perl', 'ls'].map((name) => ({
  name,
  trace: new Uint8Array(readFileSync(new URL(`../../test/traces/${name}.trace`, import.meta.url))),
}));

/** Memory that counts what is loaded and stored. */
class CountingMemory extends BufferHeapMemory {
  accesses = 0;

  override load32(offset: number): number {
    this.accesses++;
    return super.load32(offset);
  }

  override store32(offset: number, value: number): void {
    this.accesses++;
    super.store32(offset, value);
  }
}

function counted(name: ReplayStrategy, size: number) {
  const memory = new CountingMemory(new ArrayBuffer(size));
  return { memory, heap: createHeap(name, memory, BASE, size) };
}

/** Words accessed for a churn of small blocks. */
function accessesOf(name: ReplayStrategy): number {
  const { memory, heap } = counted(name, 2 ** 18);
  for (let round = 0; round < 2000; round++) {
    const block = heap.allocate(1 + ((round * 37) % 200), 8);
    if (round % 3 !== 0) heap.deallocate(block, 0, 8);
  }
  return memory.accesses;
}

test('S4.5: memory is spent: pages of a byte, a third of the blocks of an array', () => {
  const paged = protectedHeap(2 ** 20, { captureStack: (into) => into.length, frames: 6 }).heap;
  const before = paged.figures().residentBytes;
  paged.allocate(1, 1);
  expect(paged.figures().residentBytes - before).toBe(9 * 4096);
  const blocks = ['buckets', 'debug'].map((name) => {
    const { heap } = counted(name as ReplayStrategy, 8192);
    for (let count = 0; ; count++) if (heap.allocate(16, 8) === 0) return count;
  });
  expect(blocks).toEqual([480, 180]);
});

test('S4.6: time is spent: about a hundred times the accesses of a heap that looks for nothing', () => {
  const ratio = accessesOf('debug') / accessesOf('tlsf');
  expect(ratio).toBeGreaterThan(50);
  expect(ratio).toBeLessThan(200);
});

test.each(TRACES)('S4.11: other heaps waste little of $name, with a bounded call', (entry) => {
  const room = Math.floor((1.25 * traceNeeds(entry.trace).peakBytes) / 16) * 16;
  for (const name of ['best-fit', 'tlsf'] as const)
    expect(replayOn(name, entry.trace, room).refusals).toBe(0);
  expect(replayOn('tlsf', entry.trace, room).worstSteps).toBeLessThanOrEqual(TLSF_STEPS);
  expect(replayOn('debug', entry.trace, room).refusals).toBeGreaterThan(0);
});

test.each(['best-fit', 'tlsf'] as const)('S4.12: %s sees misuse with no byte more', (name) => {
  const { heap } = counted(name, 8192);
  const [block] = [heap.allocate(64, 8), heap.allocate(64, 8)];
  expect(heap.deallocate(block, 64, 8)).toBe(0);
  expect(heap.deallocate(block, 64, 8)).toBe(MISUSE_DOUBLE);
  expect(heap.deallocate(BASE + 8192, 64, 8)).toBe(MISUSE_INVALID);
});

test('S4.18, S4.33: all buckets are gone through without lists, and their books grow by as much each', () => {
  const { heap } = protectedHeap(2 ** 20, {
    captureStack: (into) => into.fill(5).length,
    frames: 1,
  });
  const books: number[] = [];
  const addresses: number[] = [];
  while (books.length < 3) {
    for (let nth = 0; nth < 64; nth++) addresses.push(heap.allocate(500, 8));
    books.push(heap.figures().overheadBytes);
  }
  expect(heap.leaks().map(({ block }) => block!.address)).toEqual(addresses);
  expect(books[2]! - books[1]!).toBe(books[1]! - books[0]!);
});

test('S4.34: bits of slots in use are counted a word at a time', () => {
  const { memory, heap } = counted('buckets', 2 ** 16);
  for (let nth = 0; nth < 4096; nth++) heap.allocate(8, 8);
  memory.accesses = 0;
  expect(heap.check()).toEqual([]);
  expect(memory.accesses).toBeLessThan(4096 / 8);
});
