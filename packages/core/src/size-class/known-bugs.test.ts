/** Bugs of other allocators, by the name of their report: none of them is in a strategy here. */
import { Random } from '@bareheap/conformance';
import { describe, expect, test } from 'vitest';
import { BufferHeapMemory } from '../heap-memory.ts';
import {
  createHeap,
  SPECIAL_STRATEGIES,
  type SpecialStrategyName,
  STRATEGIES,
  type StrategyName,
} from '../strategies.ts';

type Name = StrategyName | SpecialStrategyName;

const BASE = 0x20000000;
const MERGING: readonly Name[] = ['best-fit', 'buddy', 'heap-4', 'llff', 'size-class', 'tlsf'];
const REUSING: readonly Name[] = [...MERGING, 'buckets', 'debug', 'heap-2'];
const ALL: readonly Name[] = [...REUSING, 'arena', 'bump', 'heap-1'];
/** As pvPortMalloc, which gives no memory for a size of 0. */
const REFUSES_ZERO: readonly Name[] = ['heap-1', 'heap-2', 'heap-4'];

function setUp(name: Name, size: number) {
  const buffer = new ArrayBuffer(size);
  return { heap: createHeap(name, new BufferHeapMemory(buffer), BASE, size), buffer };
}

describe.each(ALL)('%s', (name) => {
  test('mattconte/tlsf#22: a size that wraps when it is rounded up is refused', () => {
    const { heap, buffer } = setUp(name, 8192);
    const block = heap.allocate(40, 8);
    heap.allocate(40, 8);
    const before = new Uint8Array(buffer).slice();
    for (const less of [1, 2, 4, 5, 8, 9, 16, 17, 64, 4096]) {
      for (const size of [2 ** 32 - less, 2 ** 31 - less, 2 ** 31 + less, 2 ** 30 - less]) {
        expect(heap.allocate(size, 8), `${size}`).toBe(0);
        expect(heap.allocate(size, 2 ** 31), `${size} aligned`).toBe(0);
        expect(heap.reallocate(block, 40, 8, size), `resize to ${size}`).toBe(0);
      }
    }
    expect(new Uint8Array(buffer)).toEqual(before);
  });

  test('mattconte/tlsf#9, rlsf#15: all that is said to be free can be had in one block', () => {
    for (let size = 512; size < 3000; size += 8) {
      const { heap } = setUp(name, size);
      const { largestFreeBytes } = heap.stats();
      const block = heap.allocate(largestFreeBytes, 8);
      expect(heap.usableSize(block), `region of ${size}`).toBeGreaterThanOrEqual(largestFreeBytes);
      expect(heap.check()).toEqual([]);
      expect(heap.deallocate(block, largestFreeBytes, 8)).toBe(0);
      expect(heap.check()).toEqual([]);
    }
  });

  test('size 0 is a block or is refused; SIZE_MAX and an alignment of 2^31 are refused', () => {
    const { heap, buffer } = setUp(name, 8192);
    const [one, two] = [heap.allocate(0, 1), heap.allocate(0, 8)];
    if (REFUSES_ZERO.includes(name)) expect([one, two]).toEqual([0, 0]);
    else expect(new Set([0, one, two]).size).toBe(3);
    for (const block of [one, two]) if (block !== 0) expect(heap.deallocate(block, 0, 1)).toBe(0);
    expect(heap.check()).toEqual([]);
    const before = new Uint8Array(buffer).slice();
    for (const [size, align] of [
      [2 ** 32 - 1, 1],
      [2 ** 32 - 1, 8],
      [0, 2 ** 31],
      [8, 2 ** 31],
    ])
      expect([heap.allocate(size!, align!), heap.allocateZeroed(size!, align!)]).toEqual([0, 0]);
    expect(new Uint8Array(buffer)).toEqual(before);
  });

  test('mattconte/tlsf#36: a block that moves to grow keeps its alignment', () => {
    for (const align of [16, 64, 256]) {
      const { heap } = setUp(name, 32_768);
      heap.allocate(24, 8);
      const block = heap.allocate(100, align);
      heap.allocate(24, 8);
      const moved = heap.reallocate(block, 100, align, 3000);
      expect(moved).not.toBe(0);
      expect(moved % align).toBe(0);
    }
  });

  test('linked-list-allocator CVE-2022-36086: no region is too small to be kept to', () => {
    const { leastBytes } = { ...STRATEGIES, ...SPECIAL_STRATEGIES }[name];
    const bytes = new Uint8Array(leastBytes + 256).fill(0xa5);
    bytes.fill(0, 0, leastBytes);
    const heap = createHeap(name, new BufferHeapMemory(bytes.buffer), BASE, leastBytes);
    while (heap.allocate(1, 1) !== 0);
    expect(heap.check()).toEqual([]);
    expect(bytes.subarray(leastBytes).every((byte) => byte === 0xa5)).toBe(true);
    const smaller = leastBytes - 8;
    expect(() => createHeap(name, new BufferHeapMemory(bytes.buffer), BASE, smaller)).toThrow();
  });
});

test.each(REUSING)('%s, wee_alloc#106: sizes that take turns do not make it grow', (name) => {
  const { heap } = setUp(name, 512 * 1024);
  for (let round = 0; round < 200; round++) {
    for (const size of [85_196, 80_000]) {
      const block = heap.allocate(size, 8);
      expect(block, `round ${round}`).not.toBe(0);
      heap.deallocate(block, size, 8);
    }
  }
});

/** Not in buckets, which hands no slot out again before its page has come back: by design. */
const AT_ONCE = REUSING.filter((name) => name !== 'buckets');

test.each(AT_ONCE)('%s, espressif/tlsf#2: a freed block serves its own size again', (name) => {
  for (const size of [8, 24, 100, 300, 1000]) {
    const { heap } = setUp(name, 16_384);
    const blocks: number[] = [];
    for (let block = heap.allocate(size, 8); block !== 0; block = heap.allocate(size, 8)) {
      blocks.push(block);
    }
    const freed = blocks[blocks.length >> 1]!;
    heap.deallocate(freed, size, 8);
    expect(heap.allocate(size, 8), `${size} bytes`).toBe(freed);
  }
});

test.each(MERGING)('%s, linked-list-allocator before 0.10: no padding is lost', (name) => {
  const { heap } = setUp(name, 32_768);
  const before = heap.stats();
  const random = new Random(1);
  for (let round = 0; round < 300; round++) {
    const blocks = Array.from({ length: 20 }, () =>
      heap.allocate(random.between(1, 90), random.pick([8, 16, 64, 512])),
    );
    while (blocks.length > 0)
      heap.deallocate(blocks.splice(random.below(blocks.length), 1)[0]!, 0, 8);
  }
  expect(heap.stats()).toEqual(before);
});
