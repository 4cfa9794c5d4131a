/**
 * An example: a program counts words in the 8 KiB that firmware has, with collections that live in
 * its heap. The same program says what it needs, on which strategy, and stays in its budget.
 */
import { expect, test } from 'vitest';
import { HeapArray } from '../src/collection/heap-array.ts';
import { HeapString } from '../src/collection/heap-string.ts';
import type { PlacedHeap } from '../src/collection/placed-heap.ts';
import { BufferHeapMemory } from '../src/heap-memory.ts';
import { CountInterceptor } from '../src/interceptor/count.ts';
import { BREACH_AFTER_MARK, GuardInterceptor } from '../src/interceptor/guard.ts';
import { HeapHook } from '../src/interceptor/heap-hook.ts';
import { RecordInterceptor } from '../src/interceptor/record.ts';
import { replayTable } from '../src/replay/replay-table.ts';
import { createHeap, type StrategyName } from '../src/strategies.ts';

const BASE = 0x2000_0000;
const TEXT =
  'a heap is a heap of blocks and a block is a header and a payload and the payload is yours';

/** Words and how often each was seen; everything it keeps lies in the heap it is given. */
class WordCount {
  private readonly place: PlacedHeap;
  private readonly words: HeapString[] = [];
  private readonly counts: HeapArray;

  constructor(place: PlacedHeap) {
    this.place = place;
    this.counts = new HeapArray(place);
  }

  /** Counts a word; false when the heap has no room for it. */
  add(text: string): boolean {
    const word = new HeapString(this.place);
    if (!word.append(text)) return false;
    const known = this.words.findIndex((other) => other.equals(word));
    if (known >= 0) {
      word.free();
      this.counts.set(known, this.counts.get(known) + 1);
      return true;
    }
    this.words.push(word);
    if (this.counts.push(1)) return true;
    this.words.pop();
    word.free();
    return false;
  }

  lines(): string[] {
    return this.words.map((word, index) => `${word} ${this.counts.get(index)}`).sort();
  }

  free(): void {
    for (const word of this.words) word.free();
    this.counts.free();
  }
}

function place(strategy: StrategyName, bytes: number) {
  const memory = new BufferHeapMemory(new ArrayBuffer(bytes));
  return { heap: new HeapHook(createHeap(strategy, memory, BASE, bytes)), memory, base: BASE };
}

function count(where: PlacedHeap): string[] {
  const words = new WordCount(where);
  for (const word of TEXT.split(' ')) expect(words.add(word)).toBe(true);
  const lines = words.lines();
  words.free();
  return lines;
}

test('it counts, in 8 KiB, and gives all back', () => {
  const where = place('tlsf', 8192);
  expect(count(where)).toContain('heap 2');
  expect(count(where)).toContain('a 5');
  expect(where.heap.stats().liveBlocks).toBe(0);
});

test('how much it allocates, and how much of that at once', () => {
  const where = place('tlsf', 8192);
  const counted = new CountInterceptor('asked');
  where.heap.attach(counted);
  count(where);
  expect(counted.counts()).toMatchObject({
    allocations: TEXT.split(' ').length + 1,
    liveBytes: 0,
    peakBytes: 11 * 16 + 64,
    peakBlocks: 12,
  });
});

test('how small its heap may be, by strategy', () => {
  const where = place('tlsf', 8192);
  const record = new RecordInterceptor();
  where.heap.attach(record);
  const expected = count(where);
  const table = replayTable(record.trace(), { strategies: ['bump', 'llff', 'tlsf'] });
  for (const { strategy, smallestBytes } of table) {
    expect(smallestBytes).toBeLessThan(1024);
    expect(count(place(strategy as StrategyName, smallestBytes!))).toEqual(expected);
  }
});

test('a heap that is too small is no crash: the word is not counted, the others are', () => {
  const where = place('llff', 256);
  const words = new WordCount(where);
  const taken = TEXT.split(' ').filter((word) => words.add(word));
  expect(taken.length).toBeLessThan(TEXT.split(' ').length);
  expect(words.lines().length).toBeGreaterThan(3);
  words.free();
  expect(where.heap.check()).toEqual([]);
  expect(where.heap.stats().liveBlocks).toBe(0);
});

test('no allocation in the loop: the budget says where there is one', () => {
  const where = place('tlsf', 8192);
  const guard = new GuardInterceptor({ isRefusing: false });
  where.heap.attach(guard);
  const words = new WordCount(where);
  words.add('warm-up');
  guard.forbidAllocation();
  words.add('warm-up');
  expect(guard.counts[BREACH_AFTER_MARK]).toBe(1);
  expect(guard.firstOf(BREACH_AFTER_MARK)).toEqual({ size: 16, align: 1, figure: 16 });
});
