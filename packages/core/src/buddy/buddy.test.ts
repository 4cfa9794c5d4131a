import { Random } from '@bareheap/conformance';
import { expect, test } from 'vitest';
import { FencedMemory } from '../../test/fenced-memory.ts';
import { BufferHeapMemory } from '../heap-memory.ts';
import { BuddyHeap, buddySteps } from './buddy.ts';
import { ATOM_BYTES, buddyShape } from './buddy-layout.ts';

const BASE = 0x20000000;
const SEED = Number(process.env['BAREHEAP_SEED'] ?? 1);

function setUp(size: number, base = BASE, largestBytes = 2 ** 29) {
  const buffer = new ArrayBuffer((size + 3) & ~3);
  const heap = new BuddyHeap(new BufferHeapMemory(buffer), base, size, largestBytes);
  return { heap, region: { base, bytes: new Uint8Array(buffer) } };
}

test('every block is a power of two of atoms and aligned to its size', () => {
  for (const base of [BASE, BASE + 8, BASE + 0x1238]) {
    const { heap } = setUp(50_000, base);
    for (let size = 1; size < 6000; size = size * 2 + 1) {
      const block = heap.allocate(size, 8);
      const bytes = heap.usableSize(block);
      expect(bytes).toBe(Math.max(16, 2 ** Math.ceil(Math.log2(size))));
      expect(block % bytes).toBe(0);
    }
  }
});

test('freed, the pool is again what it was: buddies merge as far as they go', () => {
  const { heap, region } = setUp(8192);
  const empty = heap.stats();
  const blocks = Array.from({ length: 60 }, (_, nth) => heap.allocate(1 + ((nth * 37) % 120), 8));
  expect(heap.stats().freeBlocks).not.toBe(empty.freeBlocks);
  for (const block of blocks) expect(heap.deallocate(block, 0, 8)).toBe(0);
  expect(heap.stats()).toEqual(empty);
  expect(heap.allocate(empty.largestFreeBytes, 8)).not.toBe(0);
  expect(region.bytes.length).toBe(8192);
});

test('a block shrinks to its lower half, and grows into a free buddy', () => {
  const { heap } = setUp(8192);
  const block = heap.allocate(1024, 8);
  expect(heap.reallocateInPlace(block, 1024, 8, 100)).toBe(true);
  expect(heap.usableSize(block)).toBe(128);
  const buddy = heap.allocate(100, 8);
  expect(buddy).toBe(block + 128);
  expect(heap.reallocateInPlace(block, 100, 8, 200)).toBe(false);
  heap.deallocate(buddy, 0, 8);
  expect(heap.reallocateInPlace(block, 100, 8, 1000)).toBe(true);
  expect(heap.reallocateInPlace(buddy, 100, 8, 200)).toBe(false);
  expect(heap.check()).toEqual([]);
});

test('a pointer into a block is told from one that was freed, whatever the payload says', () => {
  const { heap, region } = setUp(8192);
  const block = heap.allocate(256, 8);
  region.bytes.fill(0x80, block - BASE, block - BASE + 256);
  expect(heap.deallocate(block + 64, 0, 8)).toBe(1);
  heap.deallocate(block, 0, 8);
  expect(heap.deallocate(block + 64, 0, 8)).toBe(2);
  expect(heap.deallocate(block, 0, 8)).toBe(2);
});

test('size 0 gives an atom; SIZE_MAX and an alignment of 2^31 are refused', () => {
  const { heap } = setUp(8192);
  expect(heap.usableSize(heap.allocate(0, 1))).toBe(16);
  expect(heap.allocate(2 ** 32 - 1, 8)).toBe(0);
  expect(heap.allocate(8, 2 ** 31)).toBe(0);
  expect(heap.check()).toEqual([]);
});

test('check() sees a control byte that was overwritten', () => {
  const { heap, region } = setUp(1024);
  heap.allocate(40, 8);
  const { bytes, start } = buddyShape(BASE, 1024, 2 ** 29);
  for (let at = bytes; at < bytes + (1024 - start) / ATOM_BYTES; at++) {
    const before = region.bytes[at]!;
    for (const byte of [0, 0x40, 0x83, 0xff].filter((other) => other !== before)) {
      region.bytes[at] = byte;
      expect(heap.check(), `${byte} at ${at}`).not.toEqual([]);
    }
    region.bytes[at] = before;
  }
  expect(heap.check()).toEqual([]);
});

test('whatever is overwritten, no access leaves the region', () => {
  for (let seed = 1; seed <= 400; seed++) {
    const random = new Random(seed);
    const size = random.pick([256, 1024]);
    const memory = new FencedMemory(size);
    const heap = new BuddyHeap(memory, BASE, size);
    const blocks = Array.from({ length: 30 }, () => heap.allocate(random.between(1, 40), 8));
    for (let call = 0; call < 40; call++) {
      const damage = random.oneIn(2) ? random.below(size) : random.next();
      memory.store32(random.below(size >> 2) * 4, random.oneIn(2) ? damage & ~7 : damage);
      const block = random.oneIn(4) ? BASE + random.below(size >> 3) * 8 : random.pick(blocks);
      const bytes = random.between(1, 300);
      if (random.oneIn(3)) heap.allocate(bytes, random.pick([8, 64]));
      else if (random.oneIn(2)) heap.deallocate(block, 0, 8);
      else heap.reallocateInPlace(block, 0, 8, bytes);
    }
  }
});

/** Worst steps of random calls in a pool of `size` with blocks up to `largestBytes`. */
function worstSteps(size: number, largestBytes: number): number {
  const { heap } = setUp(size, BASE, largestBytes);
  const random = new Random(SEED);
  const live: number[] = [];
  for (let call = 0; call < 6000; call++) {
    const block = random.oneIn(3) ? 0 : heap.allocate(1 << random.below(13), 8);
    if (block !== 0) live.push(block);
    else if (live.length > 0) heap.deallocate(live.splice(random.below(live.length), 1)[0]!, 0, 8);
  }
  for (const block of live) heap.deallocate(block, 0, 8);
  return heap.worstSteps;
}

test('the worst call is the same from 16 KiB to 64 MiB, for blocks up to 4 KiB', () => {
  const worst = [2 ** 14, 2 ** 18, 2 ** 22, 2 ** 26].map((size) => worstSteps(size, 4096));
  expect(worst).toEqual([10, 10, 10, 10]);
  expect(buddySteps(4096)).toBe(20);
});
