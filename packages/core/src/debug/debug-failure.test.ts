/**
 * Page sources that refuse: whatever call fails, whenever, the heap stays whole, no block in use
 * is touched, and it works again when the source does. BAREHEAP_FUZZ=N runs N operations.
 */
import { Random } from '@bareheap/conformance';
import { describe, expect, test } from 'vitest';
import { DEBUG_BASE, sourceHeap } from '../../test/debug-setups.ts';
import { MISUSE_NONE } from '../heap.ts';
import type { PageAccess, PageProtection, PageSource } from '../page-source.ts';
import { type FailurePlan, FallibleSource } from '../source/fallible-source.ts';
import { MapSource } from '../source/map-source.ts';
import type { PageSpace } from '../source/page-space.ts';
import { ReservationSource } from '../source/reservation-source.ts';

const SEED = Number(process.env['BAREHEAP_SEED'] ?? 1);
const OPERATIONS = Number(process.env['BAREHEAP_FUZZ'] ?? 4000);
const PER_PROGRAM = 2000;

/** No draw is a multiple of it. */
const NEVER = Number.POSITIVE_INFINITY;

interface Live {
  readonly address: number;
  readonly size: number;
  readonly byte: number;
}

/** A heap over a source that begins to fail when it is told to. */
function failing(make: (space: PageSpace) => PageSource, size: number, frames: number) {
  const plan: { -readonly [Field in keyof FailurePlan]: FailurePlan[Field] } = {};
  const captureStack = (into: Uint32Array) => into.fill(3).length;
  let source: FallibleSource | undefined;
  const fallible = (space: PageSpace) => {
    source = new FallibleSource(make(space), plan);
    return source;
  };
  const setup = sourceHeap(size, fallible, { captureStack, frames });
  return { ...setup, plan, failures: () => source!.failures };
}

type Failing = ReturnType<typeof failing>;

function allocate({ heap, bytes }: Failing, random: Random): Live | null {
  const size = random.oneIn(5) ? random.between(2000, 30_000) : random.between(1, 300);
  const address = heap.allocate(size, random.pick([8, 8, 64, 8192]));
  if (address === 0) return null;
  const block = { address, size, byte: random.below(256) };
  bytes.fill(block.byte, address - DEBUG_BASE, address - DEBUG_BASE + size);
  return block;
}

function resize({ heap, bytes }: Failing, random: Random, block: Live): Live {
  const size = random.oneIn(3) ? random.between(2000, 40_000) : random.between(1, 300);
  const moved = heap.reallocate(block.address, 0, 8, size);
  if (moved === 0) return block;
  const start = moved - DEBUG_BASE;
  const kept = bytes.subarray(start, start + Math.min(size, block.size));
  expect(kept.findIndex((byte) => byte !== block.byte)).toBe(-1);
  bytes.fill(block.byte, start, start + size);
  return { ...block, address: moved, size };
}

function verify({ bytes, heap }: Failing, { address, size, byte }: Live): void {
  expect(heap.usableSize(address)).toBe(size);
  const start = address - DEBUG_BASE;
  expect(bytes.subarray(start, start + size).findIndex((other) => other !== byte)).toBe(-1);
}

function run(setup: Failing, random: Random): void {
  const { heap } = setup;
  let live: Live[] = [];
  for (let step = 0; step < PER_PROGRAM; step++) {
    const choice = random.below(10);
    const nth = random.below(live.length);
    if (choice < 5) {
      const block = allocate(setup, random);
      if (block !== null) live.push(block);
    } else if (live.length > 0 && choice < 7) live[nth] = resize(setup, random, live[nth]!);
    else if (live.length > 0) {
      verify(setup, live[nth]!);
      const isFreed = heap.deallocate(live[nth]!.address, 0, 8) === MISUSE_NONE;
      if (isFreed) live = live.filter((_, index) => index !== nth);
    }
    const kinds = new Set(heap.takeFindings().map(({ kind }) => kind));
    kinds.delete('out-of-memory');
    expect([...kinds]).toEqual([]);
  }
  expect(heap.check()).toEqual([]);
  setup.plan.oneIn = NEVER;
  for (const block of live) {
    verify(setup, block);
    expect(heap.deallocate(block.address, 0, 8)).toBe(MISUSE_NONE);
  }
  expect(heap.check()).toEqual([]);
  expect(heap.leaks()).toEqual([]);
  expect(setup.faults()).toBe(0);
  expect(setup.failures()).toBeGreaterThan(0);
}

const SOURCES: readonly (readonly [string, (space: PageSpace) => PageSource])[] = [
  ['mmap', (space) => new MapSource(space)],
  ['VirtualAlloc', (space) => new ReservationSource(space)],
];

describe.each(SOURCES)('S4.25: over %s, calls of the source fail at random', (_name, make) => {
  test('and nothing is lost', { timeout: 3_600_000 }, () => {
    for (let round = 0; 2 * round * PER_PROGRAM < OPERATIONS; round++) {
      const seed = SEED + round;
      const random = new Random(seed);
      const setup = failing(make, random.pick([2 ** 19, 2 ** 20]), random.pick([0, 3]));
      setup.plan.oneIn = random.pick([3, 10, 50, 1000]);
      try {
        run(setup, random);
      } catch (error) {
        const again = `BAREHEAP_SEED=${seed} BAREHEAP_FUZZ=1 npx vitest run debug-failure`;
        throw new Error(`${(error as Error).message} (repeat with ${again})`, { cause: error });
      }
    }
  });
});

/** mmap whose pages at some addresses cannot be made writable again. */
class StubbornSource extends MapSource {
  readonly refused: Set<number> = new Set();
  override readonly protection: PageProtection;

  constructor(space: PageSpace) {
    super(space);
    this.protection = {
      pageBytes: space.pageBytes,
      protect: (address: number, bytes: number, access: PageAccess): boolean =>
        !(access === 3 && this.refused.has(address)) && space.protect(address, bytes, access),
    };
  }
}

test('S4.27: a run that cannot be made usable again is passed over for the next oldest', () => {
  let source: StubbornSource | undefined;
  const { heap, faults } = sourceHeap(2 ** 18, (space) => {
    source = new StubbornSource(space);
    return source;
  });
  const blocks: number[] = [];
  for (let block = heap.allocate(5000, 8); block !== 0; block = heap.allocate(5000, 8)) {
    blocks.push(block);
  }
  for (const nth of [4, 2, 9]) heap.deallocate(blocks[nth]!, 5000, 8);
  source!.refused.add(blocks[4]!);
  expect(heap.allocate(5000, 8)).toBe(blocks[2]);
  source!.refused.add(blocks[9]!);
  expect(heap.allocate(5000, 8)).toBe(0);
  source!.refused.clear();
  expect(heap.allocate(5000, 8)).toBe(blocks[4]);
  expect(heap.check()).toEqual([]);
  expect(faults()).toBe(0);
});

test('a large block that cannot grow where it is moves, and the pages it got behind it are kept', () => {
  let source: StubbornSource | undefined;
  const { heap, faults } = sourceHeap(2 ** 18, (space) => {
    source = new StubbornSource(space);
    return source;
  });
  const block = heap.allocate(5000, 8);
  source!.refused.add(block + 8192);
  const before = heap.stats().regionBytes;
  const moved = heap.reallocate(block, 5000, 8, 10_000);
  expect(moved).toBeGreaterThan(block);
  expect(heap.stats().regionBytes).toBe(before + 4096 + 5 * 4096);
  expect(heap.check()).toEqual([]);
  const next = heap.stats().freeBytes;
  expect(next).toBe(4 * 4096 + 4096);
  expect(faults()).toBe(0);
});

test('a call that cannot open the heap’s own pages is refused and says so', () => {
  const setup = failing((space) => new MapSource(space), 2 ** 18, 0);
  const block = setup.heap.allocate(40, 8);
  setup.plan.oneIn = 1;
  expect(setup.heap.allocate(40, 8)).toBe(0);
  expect(setup.heap.deallocate(block, 40, 8)).not.toBe(MISUSE_NONE);
  expect(setup.heap.takeFindings().map(({ kind }) => kind)).toEqual([
    'out-of-memory',
    'out-of-memory',
  ]);
  setup.plan.oneIn = NEVER;
  expect(setup.heap.deallocate(block, 40, 8)).toBe(MISUSE_NONE);
  expect(setup.faults()).toBe(0);
});
