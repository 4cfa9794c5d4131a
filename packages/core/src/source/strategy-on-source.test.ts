/**
 * The heap suite over regions that page sources hand out at the suite's own addresses: a strategy
 * does there what it does over a buffer, without a single access that the pages do not allow.
 */
import { HEAP_BASES, HEAP_RULES, type HeapRule, type MakeHeap } from '@bareheap/conformance';
import { describe, expect, test } from 'vitest';
import type { Heap } from '../heap.ts';
import type { HeapMemory } from '../heap-memory.ts';
import type { PageSource } from '../page-source.ts';
import { type ReplayStrategy, replayStrategies } from '../replay/replay-table.ts';
import { createHeap } from '../strategies.ts';
import { BREAK_KINDS, BreakSource } from './break-source.ts';
import { MapSource } from './map-source.ts';
import { PageSpace } from './page-space.ts';
import { ProtectedMemory } from './protected-memory.ts';
import { RESERVATION_GRANULARITY, ReservationSource } from './reservation-source.ts';

/** H13 overwrites a heap's own words, after which it may look anywhere: not about sources. */
const RULES = HEAP_RULES.filter(({ id }) => id !== 'H13');

/** The suite's memory is smaller than what some sources hand out at least: the rest is nowhere. */
class ShortMemory implements HeapMemory {
  private readonly memory: HeapMemory;
  private readonly bytes: number;

  constructor(memory: HeapMemory, bytes: number) {
    this.memory = memory;
    this.bytes = bytes;
  }

  load32(offset: number): number {
    return offset < this.bytes ? this.memory.load32(offset) : 0;
  }

  store32(offset: number, value: number): void {
    if (offset < this.bytes) this.memory.store32(offset, value);
  }

  fill(offset: number, length: number, byte: number): void {
    const inside = Math.min(length, this.bytes - offset);
    if (inside > 0) this.memory.fill(offset, inside, byte);
  }

  copy(to: number, from: number, length: number): void {
    this.memory.copy(to, from, length);
  }
}

type MakeOver = (memory: HeapMemory, base: number, size: number) => [PageSource, PageSpace | null];

const SOURCES: Readonly<Record<string, { readonly unit: number; readonly make: MakeOver }>> = {
  static: {
    unit: 8,
    make: (memory, base, size) => [new BreakSource(BREAK_KINDS.static, memory, base, size), null],
  },
  brk: {
    unit: 4096,
    make: (memory, base, size) => [new BreakSource(BREAK_KINDS.brk, memory, base, size), null],
  },
  mmap: {
    unit: 4096,
    make: (memory, base, size) => {
      const space = new PageSpace(memory, base, size);
      return [new MapSource(space), space];
    },
  },
  VirtualAlloc: {
    unit: RESERVATION_GRANULARITY,
    make: (memory, base, size) => {
      const space = new PageSpace(memory, base, size);
      return [new ReservationSource(space), space];
    },
  },
};

/** Makes heaps over regions of a source; attaches where the suite attaches. */
function maker(name: ReplayStrategy, sourceName: string) {
  const { unit, make } = SOURCES[sourceName]!;
  const known = new WeakMap<HeapMemory, HeapMemory>();
  const protections: ProtectedMemory[] = [];
  const reserve = (memory: HeapMemory, base: number, size: number): HeapMemory => {
    const bytes = Math.ceil(size / unit) * unit;
    const short = new ShortMemory(memory, size);
    const [source, space] = make(short, base, bytes);
    expect(source.reserve(bytes)).toBe(base);
    if (space === null) return memory;
    const guarded = new ProtectedMemory(memory, space);
    protections.push(guarded);
    return guarded;
  };
  return {
    faults: () => protections.reduce((sum, { faults }) => sum + faults, 0),
    make: (memory: HeapMemory, base: number, size: number): Heap => {
      const region = known.get(memory) ?? reserve(memory, base, size);
      known.set(memory, region);
      return createHeap(name, region, base, size);
    },
  };
}

/** What a rule says of a heap: nothing, or what does not hold. */
function outcome({ verify }: HeapRule, make: MakeHeap, base: number): string {
  try {
    verify({ make, base, traits: { reuses: true } });
    return 'holds';
  } catch (error) {
    return (error as Error).message;
  }
}

describe.each(replayStrategies())('%s', (name) => {
  const plain: MakeHeap = (memory, base, size) => createHeap(name, memory, base, size);
  const expected = new Map<string, string>();
  for (const rule of RULES) {
    for (const base of HEAP_BASES) expected.set(`${rule.id} ${base}`, outcome(rule, plain, base));
  }

  test('most rules hold over a buffer, so there is something to compare', () => {
    const held = [...expected.values()].filter((what) => what === 'holds');
    expect(held.length).toBeGreaterThan(expected.size / 2);
  });

  test.each(Object.keys(SOURCES))('over %s', (sourceName) => {
    const bases = HEAP_BASES.filter(
      (base) => base % SOURCES[sourceName]!.unit === 0 && base + 8192 < 2 ** 32,
    );
    for (const rule of RULES) {
      for (const base of bases) {
        const { make, faults } = maker(name, sourceName);
        const where = `${rule.id} ${base}`;
        expect(outcome(rule, make, base), where).toBe(expected.get(where));
        expect(faults(), where).toBe(0);
      }
    }
  });
});
