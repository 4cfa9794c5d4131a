import { Random } from '@bareheap/conformance';
import { describe, expect, test } from 'vitest';
import { checkSpace } from '../space-check.ts';
import {
  HEAP_FREE_CHECKING_ENABLED,
  HEAP_GROWABLE,
  HEAP_TAIL_CHECKING_ENABLED,
} from '../win-constants.ts';
import { makeWinProcess } from '../win-process.ts';
import type { WinSpace } from '../win-space.ts';
import { checkHeap, checkPayload } from './heap-check.ts';
import { heapEntries, PROCESS_HEAP_ENTRY_BUSY } from './heap-walk.ts';
import { WinHeap } from './win-heap.ts';

const STEPS = Number(process.env['BAREHEAP_FUZZ'] ?? 1500);
const ROUNDS = Number(process.env['BAREHEAP_FUZZ'] ?? 25);

interface Live {
  at: number;
  size: number;
  byte: number;
}

function makeHeap(flags = 0, mostBytes = 0): { heap: WinHeap; space: WinSpace } {
  const { space } = makeWinProcess();
  return { heap: WinHeap.make(space, flags, 0, mostBytes)!, space };
}

describe.each([
  ['plain', 0, 0],
  ['that checks', HEAP_TAIL_CHECKING_ENABLED | HEAP_FREE_CHECKING_ENABLED, 0],
  ['of fixed size', 0, 1 << 20],
])('a heap %s', (_name, flags, mostBytes) => {
  test('keeps what blocks hold, and walks to exactly the blocks that live', () => {
    const seed = 11;
    const random = new Random(seed);
    const { heap, space } = makeHeap(flags, mostBytes);
    const live: Live[] = [];
    const sizes = [16, 100, 3000, 40000, 300000];
    for (let step = 0; step < STEPS; step++) {
      const size = random.below(sizes[random.below(sizes.length)]!);
      const choice = random.below(3);
      const index = live.length === 0 ? -1 : random.below(live.length);
      if (choice === 0 || index < 0) addBlock(heap, live, size, step & 255);
      else if (choice === 1) removeBlock(heap, live, index);
      else moveBlock(heap, live[index]!, size);
      if (step % 100 === 0) expect(checkHeap(heap), `seed ${seed}, step ${step}`).toEqual([]);
    }
    const busy = heapEntries(heap).filter((e) => (e.flags & PROCESS_HEAP_ENTRY_BUSY) !== 0);
    const shown = busy.map(({ data, size }) => `${data}:${size}`).sort();
    expect(shown).toEqual(live.map(({ at, size }) => `${at}:${size}`).sort());
    while (live.length > 0) removeBlock(heap, live, 0);
    expect(checkHeap(heap)).toEqual([]);
    expect(checkSpace(space)).toEqual([]);
  });
});

function addBlock(heap: WinHeap, live: Live[], size: number, byte: number): void {
  const at = heap.allocate(size, false);
  if (at === 0) return;
  expect(at % 16).toBe(0);
  for (const one of live) expect(at + size <= one.at || one.at + one.size <= at).toBe(true);
  heap.words.fill(at, size, byte * 0x01010101);
  live.push({ at, size, byte });
}

function holds(heap: WinHeap, { at, size, byte }: Live): boolean {
  const checked = Math.min(size, 64);
  const pattern = byte * 0x01010101;
  const isAtStart = heap.words.firstOther(at, checked, pattern) < 0;
  return isAtStart && heap.words.firstOther(at + size - checked, checked, pattern) < 0;
}

function removeBlock(heap: WinHeap, live: Live[], index: number): void {
  const [one] = live.splice(index, 1);
  expect(heap.sizeOf(one!.at)).toBe(one!.size);
  expect(holds(heap, one!)).toBe(true);
  expect(heap.free(one!.at)).toBe(true);
  expect(heap.free(one!.at)).toBe(false);
}

function moveBlock(heap: WinHeap, one: Live, size: number): void {
  const at = heap.reallocate(one.at, size, false);
  if (at === 0) return;
  expect(holds(heap, { at, size: Math.min(size, one.size), byte: one.byte })).toBe(true);
  heap.words.fill(at, size, one.byte * 0x01010101);
  Object.assign(one, { at, size });
}

test('everything freed, the first address comes back', () => {
  const { heap } = makeHeap();
  const first = heap.allocate(1000, false);
  const others = Array.from({ length: 500 }, (_, i) => heap.allocate(i * 37, false));
  for (const at of others) heap.free(at);
  heap.free(first);
  expect(heap.allocate(1000, false)).toBe(first);
});

test('segments that became empty are given back', () => {
  const { heap, space } = makeHeap();
  const blocks = Array.from({ length: 400 }, () => heap.allocate(50000, false));
  const most = space.committedBytes;
  expect(heap.segments().length).toBeGreaterThan(3);
  for (const at of blocks) heap.free(at);
  expect(heap.segments().length).toBe(2);
  expect(space.committedBytes).toBeLessThan(most);
  expect(checkHeap(heap)).toEqual([]);
  expect(checkSpace(space)).toEqual([]);
});

test('a heap that is destroyed gives all memory back', () => {
  const { heap, space } = makeHeap();
  const before = space.reservations.size - 1;
  for (let i = 0; i < 100; i++) heap.allocate(60000, false);
  heap.allocate(5 << 20, false);
  expect(space.reservations.size).toBeGreaterThan(before + 3);
  heap.destroy();
  expect(space.reservations.size).toBe(before);
  expect(heap.isAlive).toBe(false);
});

test('its state is in the bytes: another object on them goes on', () => {
  const { heap, space } = makeHeap();
  const at = heap.allocate(100, false);
  const again = new WinHeap(space, heap.base);
  expect(again.sizeOf(at)).toBe(100);
  expect(again.flags & HEAP_GROWABLE).toBe(HEAP_GROWABLE);
  again.free(at);
  expect(checkHeap(heap)).toEqual([]);
});

test('damage is found', () => {
  const { heap } = makeHeap(HEAP_TAIL_CHECKING_ENABLED | HEAP_FREE_CHECKING_ENABLED);
  const at = heap.allocate(24, false);
  const other = heap.allocate(200, false);
  const last = heap.allocate(24, false);
  heap.words.fill(at + 24, 1, 0);
  expect(checkPayload(heap, at)).toMatch(/^written past its end/);
  heap.words.fill(at + 24, 1, 0xab);
  heap.free(other);
  heap.words.fill(other + 100, 1, 0);
  expect(checkHeap(heap).join()).toMatch(/written after it was freed/);
  heap.words.store32(last - 16, 0x7777);
  expect(checkHeap(heap).join()).toMatch(/no block at/);
});

test('a heap that the program broke ends every call', () => {
  const seed = 5;
  for (let round = 0; round < ROUNDS; round++) {
    const random = new Random(seed + round);
    const process = makeWinProcess();
    const { mmu } = process.space;
    const heap = WinHeap.make(process.space, random.below(2) * 0x60, 0, 0)!;
    const blocks = Array.from({ length: 30 }, () => heap.allocate(random.below(3000), false));
    blocks.filter((_, i) => i % 3 === 0).forEach((at) => void heap.free(at));
    for (let i = 0; i < 200; i++) {
      const at = heap.base + 8 + random.below(40000);
      const value = [blocks[random.below(30)]! - 16, heap.base, 0, random.below(2 ** 31)];
      mmu.store(at - (at % 4), 4, value[random.below(4)]!);
    }
    for (let i = 0; i < 60; i++) {
      const block = blocks[random.below(30)]!;
      const size = random.below(100000);
      const act = random.below(6);
      if (act === 0) heap.free(block);
      else if (act === 1) heap.allocate(size, true);
      else if (act === 2) heap.reallocate(block, size, true);
      else if (act === 3) checkHeap(heap);
      else if (act === 4) heapEntries(heap);
      else heap.blocks.largestFree();
      mmu.faulted = false;
    }
    heap.destroy();
  }
}, 600_000);

test('no memory left: the heap is as it was', () => {
  const process = makeWinProcess({ commitLimitBytes: 1 << 20 });
  const heap = WinHeap.make(process.space, 0, 0, 0)!;
  const blocks: number[] = [];
  for (;;) {
    const at = heap.allocate(10000, false);
    if (at === 0) break;
    blocks.push(at);
  }
  expect(blocks.length).toBeGreaterThan(80);
  expect(heap.allocate(2 << 20, false)).toBe(0);
  expect(checkHeap(heap)).toEqual([]);
  heap.free(blocks[0]!);
  expect(heap.allocate(10000, false)).toBe(blocks[0]);
});
