/** What pages that can be protected, placed and given back are good for. */
import { Random } from '@bareheap/conformance';
import { describe, expect, test } from 'vitest';
import { DEBUG_BASE, protectedHeap, sourceHeap } from '../../test/debug-setups.ts';
import { MISUSE_NONE } from '../heap.ts';
import { BufferHeapMemory } from '../heap-memory.ts';
import { PAGE_NONE, PAGE_READ, PAGE_READ_WRITE } from '../page-source.ts';
import { BREAK_KINDS, BreakSource } from '../source/break-source.ts';
import { MapSource } from '../source/map-source.ts';
import { STATE_ACCESS, STATE_COMMITTED } from '../source/page-space.ts';
import { ReservationSource } from '../source/reservation-source.ts';
import { DebugHeap } from './debug.ts';

const SPACE = 2 ** 20;
const PAGE = 4096;

function mapped(size = SPACE, options = {}) {
  const setup = sourceHeap(size, (space) => new MapSource(space), options);
  const accessAt = (address: number): number =>
    setup.space.states[((address - DEBUG_BASE) / PAGE) | 0]! & STATE_ACCESS;
  return { ...setup, accessAt };
}

test('S4.3: pages given back keep their addresses and have no access', () => {
  const { heap, space, accessAt } = mapped();
  const [small, large] = [heap.allocate(40, 8), heap.allocate(9000, 8)];
  expect([small, large, large + 8192].map(accessAt)).toEqual([3, 3, 3]);
  heap.deallocate(small, 40, 8);
  heap.deallocate(large, 9000, 8);
  expect([small, large, large + 8192].map(accessAt)).toEqual([PAGE_NONE, PAGE_NONE, PAGE_NONE]);
  expect(space.isFree(large, PAGE)).toBe(false);
});

test('S4.22: an access to a page given back is a fault, and the heap knows whose it was', () => {
  const { heap, memory, faults } = mapped();
  const block = heap.allocate(9000, 8);
  heap.deallocate(block, 9000, 8);
  memory.store32(block + 5000 - DEBUG_BASE, 1);
  expect(faults()).toBe(1);
  expect(heap.blockNear(block + 5000)).toMatchObject({ address: block, size: 9000, ordinal: 1 });
});

test('S4.7, S4.17, S4.30: outside calls the program can write to blocks in use and to no other page', () => {
  const { heap, bytes, space, memory, faults } = mapped();
  const random = new Random(1);
  const blocks = Array.from({ length: 60 }, () => heap.allocate(random.between(1, 9000), 8));
  for (const block of blocks.filter(() => random.oneIn(2))) heap.deallocate(block, 0, 1);
  const mapPages = [...space.states.keys()];
  const writable = mapPages.filter((page) => (space.states[page]! & 2) !== 0);
  const readable = mapPages.filter((page) => (space.states[page]! & STATE_ACCESS) === PAGE_READ);
  expect(readable.length).toBeGreaterThan(20);
  const live = heap.leaks().flatMap(({ address, size }) => {
    const first = Math.floor((address - DEBUG_BASE) / PAGE);
    const last = Math.floor((address + size - 1 - DEBUG_BASE) / PAGE);
    return Array.from({ length: last - first + 1 }, (_, nth) => first + nth);
  });
  // A bucket's pages all hold slots of its class; the two-page ones may be in use on one page only.
  for (const page of live) expect(writable).toContain(page);
  expect(writable.length).toBeLessThan(live.length + 8);
  const before = bytes.slice();
  const others = mapPages.filter((page) => !writable.includes(page));
  for (const page of others) memory.store32(page * PAGE + 4 * random.below(1024), -1);
  expect(faults()).toBe(others.length);
  expect(bytes.findIndex((byte, at) => byte !== before[at])).toBe(-1);
  expect(heap.check()).toEqual([]);
});

test('a guard page lies behind the blocks of every run: what goes far past an end faults', () => {
  const { heap, memory, faults, accessAt } = mapped();
  for (const size of [8, 600, 2000, 4096, 8192, 10_000]) {
    const block = heap.allocate(size, 8);
    const page = block - ((block - DEBUG_BASE) % PAGE);
    let guard = page;
    while (accessAt(guard) === PAGE_READ_WRITE) guard += PAGE;
    expect(accessAt(guard)).toBe(PAGE_NONE);
    const known = faults();
    memory.load32(guard - DEBUG_BASE);
    expect(faults()).toBe(known + 1);
  }
});

test('S4.23, S4.41: a large block grows where it is, by asking for the addresses behind it', () => {
  const { heap, memory, faults, accessAt } = mapped();
  const block = heap.allocate(9000, 8);
  for (let word = 0; word < 2250; word++) memory.store32(block - DEBUG_BASE + 4 * word, word);
  let size = 9000;
  for (const larger of [9001, 12_288, 12_289, 50_000, 200_000]) {
    expect(heap.reallocate(block, size, 8, larger)).toBe(block);
    size = larger;
    expect(heap.usableSize(block)).toBe(larger);
    expect(heap.check()).toEqual([]);
  }
  for (const smaller of [100_000, 20_000, 9000]) {
    expect(heap.reallocate(block, size, 8, smaller)).toBe(block);
    size = smaller;
    expect(accessAt(block + Math.ceil(smaller / PAGE) * PAGE)).toBe(PAGE_NONE);
    expect(heap.check()).toEqual([]);
  }
  const words = Array.from({ length: 2250 }, (_, word) =>
    memory.load32(block - DEBUG_BASE + 4 * word),
  );
  expect(words).toEqual(Array.from({ length: 2250 }, (_, word) => word));
  expect(faults()).toBe(0);
  expect(heap.takeFindings()).toEqual([]);
});

test('addresses are new for as long as there are any', () => {
  const { heap } = mapped();
  const seen = new Set<number>();
  let before = 0;
  for (;;) {
    const block = heap.allocate(5000, 8);
    if (seen.has(block)) break;
    expect(block === before || seen.size === 0 || block !== 0).toBe(true);
    seen.add(block);
    before = block;
    heap.deallocate(block, 5000, 8);
  }
  // 256 pages, four a run, those of the control block aside.
  expect(seen.size).toBe(63);
});

describe('S4.26: when there are no new addresses', () => {
  test('the run given back longest ago is used first', () => {
    const { heap } = mapped();
    const blocks: number[] = [];
    for (let block = heap.allocate(5000, 8); block !== 0; block = heap.allocate(5000, 8)) {
      blocks.push(block);
    }
    const order = [7, 3, 40, 0].map((nth) => blocks[nth]!);
    for (const block of order) heap.deallocate(block, 5000, 8);
    const again = order.map(() => heap.allocate(5000, 8));
    expect(again).toEqual(order);
    expect(heap.allocate(5000, 8)).toBe(0);
    expect(heap.check()).toEqual([]);
  });

  test('what is left of a run stays without access, records and guard included', () => {
    const { heap, accessAt } = mapped();
    const large = heap.allocate(20 * PAGE, 8);
    while (heap.allocate(5000, 8) !== 0);
    heap.deallocate(large, 20 * PAGE, 8);
    expect(accessAt(large + 21 * PAGE)).toBe(PAGE_READ);
    expect(heap.allocate(5000, 8)).toBe(large);
    const rest = Array.from({ length: 18 }, (_, nth) => accessAt(large + (4 + nth) * PAGE));
    expect(new Set(rest)).toEqual(new Set([PAGE_NONE]));
    expect(heap.check()).toEqual([]);
  });

  test('runs side by side make a larger one', () => {
    const { heap, faults } = mapped();
    const blocks: number[] = [];
    for (let block = heap.allocate(5000, 8); block !== 0; block = heap.allocate(5000, 8)) {
      blocks.push(block);
    }
    blocks.sort((one, other) => one - other);
    for (const nth of [11, 9, 10]) heap.deallocate(blocks[nth]!, 5000, 8);
    const large = heap.allocate(9 * PAGE, 8);
    expect(large).toBe(blocks[9]);
    expect(heap.deallocate(blocks[10]!, 5000, 8)).not.toBe(MISUSE_NONE);
    expect(heap.check()).toEqual([]);
    expect(faults()).toBe(0);
  });

  test('then a slot of the class; without traces the one allocated longest ago', () => {
    const { heap } = mapped(2 ** 17);
    const blocks: number[] = [];
    for (let block = heap.allocate(60, 8); block !== 0; block = heap.allocate(60, 8)) {
      blocks.push(block);
    }
    const order = [70, 5, 66, 9].map((nth) => blocks[nth]!);
    for (const block of order) heap.deallocate(block, 60, 8);
    expect(heap.allocate(5000, 8)).toBe(0);
    const byAllocation = [5, 9, 66, 70].map((nth) => blocks[nth]!);
    expect(order.map(() => heap.allocate(60, 8))).toEqual(byAllocation);
    expect(heap.allocate(60, 8)).toBe(0);
    expect(heap.check()).toEqual([]);
  });

  test('with traces the one freed longest ago', () => {
    const captureStack = (into: Uint32Array) => into.fill(5).length;
    const { heap } = mapped(2 ** 17, { captureStack, frames: 1 });
    const blocks: number[] = [];
    for (let block = heap.allocate(60, 8); block !== 0; block = heap.allocate(60, 8)) {
      blocks.push(block);
    }
    const order = [70, 5, 66, 9].map((nth) => blocks[nth]!);
    for (const block of order) heap.deallocate(block, 60, 8);
    expect(order.map(() => heap.allocate(60, 8))).toEqual(order);
  });
});

describe('S4.21: reserved and committed, as VirtualAlloc does', () => {
  test('what is given back has no memory any more, and keeps its addresses', () => {
    const { heap, space, faults } = sourceHeap(SPACE, (pages) => new ReservationSource(pages));
    const block = heap.allocate(9000, 8);
    const page = (block - DEBUG_BASE) / PAGE;
    heap.deallocate(block, 9000, 8);
    expect(space.states[page]! & STATE_COMMITTED).toBe(0);
    expect(space.isFree(block, PAGE)).toBe(false);
    expect(faults()).toBe(0);
  });

  test('pages left over from a reservation of 64 KiB serve the next runs', () => {
    const { heap } = sourceHeap(SPACE, (pages) => new ReservationSource(pages));
    const blocks = Array.from({ length: 8 }, () => heap.allocate(5000, 8));
    expect(new Set(blocks.map((block) => Math.floor(block / 65_536))).size).toBe(2);
    expect(heap.check()).toEqual([]);
  });
});

test('S4.8: over a break no page can be protected: canaries do, and nothing is asked of the source', () => {
  const memory = new BufferHeapMemory(new ArrayBuffer(SPACE));
  const source = new BreakSource(BREAK_KINDS.brk, memory, DEBUG_BASE, SPACE);
  const heap = new DebugHeap(memory, DEBUG_BASE, SPACE, { source });
  const block = heap.allocate(40, 8);
  memory.fill(block - DEBUG_BASE + 40, 1, 0);
  heap.deallocate(block, 40, 8);
  expect(heap.takeFindings().map(({ kind }) => kind)).toEqual(['heap-buffer-overflow']);
  expect(heap.check()).toEqual([]);
});

test('a source whose addresses are no pages is a mistake of whoever makes the heap', () => {
  const memory = new BufferHeapMemory(new ArrayBuffer(SPACE));
  const source = new BreakSource(BREAK_KINDS.static, memory, DEBUG_BASE, SPACE);
  source.reserve(8);
  expect(() => new DebugHeap(memory, DEBUG_BASE, SPACE, { source })).toThrow('no page');
});

test('resident bytes go down when pages are given back', () => {
  const { heap } = protectedHeap(SPACE);
  const blocks = Array.from({ length: 20 }, () => heap.allocate(9000, 8));
  const most = heap.figures().residentBytes;
  for (const block of blocks) heap.deallocate(block, 9000, 8);
  expect(most - heap.figures().residentBytes).toBe(20 * 3 * PAGE);
});
