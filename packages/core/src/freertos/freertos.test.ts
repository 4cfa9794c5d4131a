import { readFileSync } from 'node:fs';
import {
  HEAP_BASES,
  HEAP_RULES,
  HeapModel,
  type HeapTraits,
  Random,
  randomProgram,
} from '@bareheap/conformance';
import { describe, expect, test } from 'vitest';
import type { Heap } from '../heap.ts';
import { BufferHeapMemory, type HeapMemory } from '../heap-memory.ts';
import { UC_HEAP } from './freertos-layout.ts';
import { Heap1 } from './heap-1.ts';
import { HEAP_1_LEAST_BYTES, heap1First, MARKS } from './heap-1-layout.ts';
import { Heap2 } from './heap-2.ts';
import { Heap4 } from './heap-4.ts';

const BASE = 0x20000000;
const OPERATIONS = Number(process.env['BAREHEAP_FUZZ'] ?? 200_000);
const SEED = Number(process.env['BAREHEAP_SEED'] ?? 1);
const PER_PROGRAM = 4000;

/** Memory that ends where its region does, and can be damaged. */
class FencedMemory extends BufferHeapMemory {
  private readonly size: number;

  constructor(size: number) {
    super(new ArrayBuffer(size));
    this.size = size;
  }

  override load32(offset: number): number {
    this.verify(offset);
    return super.load32(offset);
  }

  override store32(offset: number, value: number): void {
    this.verify(offset);
    super.store32(offset, value);
  }

  private verify(offset: number): void {
    if (offset < 0 || offset >= this.size) throw new Error(`${offset} is outside`);
  }
}

interface Policy {
  readonly make: (memory: HeapMemory, base: number, size: number) => Heap;
  readonly traits: HeapTraits;
  /** Rules that the policy does not keep, and why. */
  readonly without: Readonly<Record<string, string>>;
}

const POLICIES: Readonly<Record<'heap-1' | 'heap-2' | 'heap-4', Policy>> = {
  'heap-1': {
    make: (memory, base, size) => new Heap1(memory, base, size),
    traits: { reuses: false },
    without: { H12: 'no header lies before a payload' },
  },
  'heap-2': {
    make: (memory, base, size) => new Heap2(memory, base, size),
    traits: { reuses: false },
    without: { H10: 'a block never grows where it lies: nothing merges' },
  },
  'heap-4': {
    make: (memory, base, size) => new Heap4(memory, base, size),
    traits: { reuses: true },
    without: {},
  },
};
const NAMES = Object.keys(POLICIES) as (keyof typeof POLICIES)[];

function setUp(name: keyof typeof POLICIES, size: number, base = BASE) {
  const buffer = new ArrayBuffer(size);
  const heap = POLICIES[name].make(new BufferHeapMemory(buffer), base, size);
  return { heap, buffer, region: { base, bytes: new Uint8Array(buffer) } };
}

/** Size of the region, and offset of ucHeap in it, for a ucHeap of `bytes`. */
function regionFor(name: keyof typeof POLICIES, bytes: number): { size: number; ucHeap: number } {
  if (name !== 'heap-1') return { size: UC_HEAP + bytes, ucHeap: UC_HEAP };
  let size = bytes;
  while (size - heap1First(size) < bytes) size += 8;
  return { size, ucHeap: heap1First(size) };
}

const RECORD = JSON.parse(
  readFileSync(new URL('./placements.json', import.meta.url), 'utf8'),
) as Record<keyof typeof POLICIES, [number, number][]> & { heapBytes: number };

describe.each(NAMES)('%s', (name) => {
  test('blocks lie where FreeRTOS put them', () => {
    const { size, ucHeap } = regionFor(name, RECORD.heapBytes);
    const { heap } = setUp(name, size);
    const blocks: number[] = [];
    const places = RECORD[name].map(([operand]) => {
      blocks.push(operand < 0 ? 0 : heap.allocate(operand, 8));
      if (operand < 0) return heap.deallocate(blocks[-operand]!, 0, 8);
      return blocks.at(-1) === 0 ? -1 : blocks.at(-1)! - BASE - ucHeap;
    });
    expect(places).toEqual(RECORD[name].map(([, place]) => place));
    expect(places.filter((place) => place > 0).length).toBeGreaterThan(100);
    expect(heap.check()).toEqual([]);
  });

  const { make, traits, without } = POLICIES[name];
  const rules = HEAP_RULES.filter(({ id }) => !(id in without));
  test.each(rules)('$id: $title', ({ verify }) => {
    for (const base of HEAP_BASES) verify({ make, base, traits });
  });

  test('what it does not keep, it really does not', () => {
    for (const { id, verify } of HEAP_RULES.filter(({ id }) => id in without))
      expect(() => verify({ make, base: BASE, traits }), id).toThrow();
  });

  test('size 0 gives none, as pvPortMalloc; neither do SIZE_MAX and an alignment of 2^31', () => {
    const { heap, buffer } = setUp(name, 4096);
    const block = heap.allocate(8, 8);
    const before = new Uint8Array(buffer).slice();
    expect(heap.allocate(0, 8)).toBe(0);
    expect(heap.reallocate(block, 8, 8, 0)).toBe(0);
    expect(heap.allocate(2 ** 32 - 1, 8)).toBe(0);
    expect(heap.allocate(8, 2 ** 31)).toBe(0);
    expect(new Uint8Array(buffer)).toEqual(before);
  });

  test('whatever is overwritten, no access leaves the region', () => {
    for (let seed = 1; seed <= 2000; seed++) {
      const random = new Random(seed);
      const size = random.pick([256, 1024]);
      const memory = new FencedMemory(size);
      const heap = POLICIES[name].make(memory, BASE, size);
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

  test('random programs keep what any heap must keep', { timeout: 3_600_000 }, () => {
    for (let run = 0; run * PER_PROGRAM < OPERATIONS; run++) {
      const random = new Random(SEED + run);
      const size = random.pick([512, 2048, 8192]);
      const { heap, region } = setUp(name, size);
      const model = new HeapModel(heap, region);
      const shape = { operations: PER_PROGRAM, largest: size >> 3, frees: random.between(90, 140) };
      try {
        model.run(randomProgram(random, shape), { checkEvery: 199 });
        model.freeAll();
      } catch (error) {
        const again = `BAREHEAP_SEED=${SEED + run} BAREHEAP_FUZZ=1 npx vitest run freertos`;
        throw new Error(`${(error as Error).message} (repeat with ${again})`);
      }
    }
  });
});

test('heap-1 gives nothing back, heap-2 what was there in the same pieces, heap-4 one whole', () => {
  const afterFreeing = NAMES.map((name) => {
    const { heap } = setUp(name, 4096);
    const blocks = Array.from({ length: 40 }, () => heap.allocate(40, 8));
    for (const block of blocks) heap.deallocate(block, 0, 8);
    return { pieces: heap.stats().freeBlocks, large: heap.allocate(3000, 8) !== 0 };
  });
  expect(afterFreeing).toEqual([
    { pieces: 1, large: false },
    { pieces: 41, large: false },
    { pieces: 1, large: true },
  ]);
});

test('a block is split only when the rest is larger than two headers', () => {
  const { heap } = setUp('heap-4', 4096);
  const [hole] = [heap.allocate(40, 8), heap.allocate(8, 8)];
  heap.deallocate(hole, 0, 8);
  expect(heap.usableSize(heap.allocate(24, 8))).toBe(40);
  heap.deallocate(hole, 0, 8);
  expect(heap.usableSize(heap.allocate(16, 8))).toBe(16);
});

test('the fewest bytes that were ever free stay known', () => {
  const heap = new Heap4(new BufferHeapMemory(new ArrayBuffer(4096)), BASE, 4096);
  const whole = heap.minimumEverFreeBytes;
  heap.deallocate(heap.allocate(992, 8), 0, 8);
  expect(heap.minimumEverFreeBytes).toBe(whole - 1000);
});

test('heap-1: check() sees marks that were overwritten', () => {
  const { heap, buffer } = setUp('heap-1', 1024);
  heap.allocate(40, 8);
  for (const word of [0, 3, 0x40000001, 0xffffffff]) {
    const intact = buffer.slice(0);
    new DataView(buffer).setUint32(MARKS, word, true);
    expect(heap.check()).not.toEqual([]);
    new Uint8Array(buffer).set(new Uint8Array(intact));
    expect(heap.check()).toEqual([]);
  }
});

test('heap-1: the marks of the smallest region and of large ones cover its heap', () => {
  for (let size = HEAP_1_LEAST_BYTES; size < 20_000; size += 8) {
    const bytes = size - heap1First(size);
    const words = (heap1First(size) - MARKS) / 4;
    expect(words * 128).toBeGreaterThanOrEqual(bytes);
  }
});
