/**
 * The debug heap against the model with what is its own: traces, and pages of a source that it
 * protects itself. BAREHEAP_FUZZ=N runs N operations.
 */
import { HeapModel, Random, randomProgram } from '@bareheap/conformance';
import { describe, expect, test } from 'vitest';
import { type MakeDebug, protectedHeap, regionHeap } from '../../test/debug-setups.ts';
import { BufferHeapMemory } from '../heap-memory.ts';
import { DebugHeap } from './debug.ts';

const SEED = Number(process.env['BAREHEAP_SEED'] ?? 1);
const OPERATIONS = Number(process.env['BAREHEAP_FUZZ'] ?? 10_000);
const PER_PROGRAM = 5000;

const SETUPS: readonly (readonly [string, MakeDebug, readonly number[]])[] = [
  ['a region', regionHeap, [512, 1000, 8192, 65_536]],
  ['pages that can be protected', protectedHeap, [2 ** 18, 2 ** 19, 2 ** 20]],
];

describe.each(SETUPS)('over %s', (_name, make, sizes) => {
  test('random programs', { timeout: 3_600_000 }, () => {
    let refusals = 0;
    for (let run = 0; 2 * run * PER_PROGRAM < OPERATIONS; run++) {
      const seed = SEED + run;
      const random = new Random(seed);
      const size = random.pick(sizes);
      const frames = random.pick([0, 0, 1, 4]);
      const captureStack = (into: Uint32Array) => into.fill(seed).length;
      const { heap, base, bytes, faults } = make(size, { frames, captureStack });
      const largest = Math.min(size >> 3, random.oneIn(4) ? 20_000 : 600);
      const shape = { operations: PER_PROGRAM, largest, frees: random.between(118, 155) };
      const model = new HeapModel(heap, { base, bytes });
      try {
        model.run(randomProgram(random, shape), { checkEvery: 397 });
        model.freeAll();
        expect(heap.takeFindings()).toEqual([]);
        expect(heap.leaks()).toEqual([]);
        expect(heap.stats().liveBytes).toBe(0);
        expect(faults()).toBe(0);
        refusals += model.refusals;
      } catch (error) {
        const again = `BAREHEAP_SEED=${seed} BAREHEAP_FUZZ=1 npx vitest run debug-conformance`;
        throw new Error(`${(error as Error).message} (${size} bytes; repeat with ${again})`);
      }
    }
    // One seed alone may well find room for all.
    if (OPERATIONS >= 200_000) expect(refusals).toBeGreaterThan(0);
  });
});

test('two objects over a region with traces are one heap', () => {
  const memory = new BufferHeapMemory(new ArrayBuffer(8192));
  const options = { captureStack: (into: Uint32Array) => into.fill(7).length, frames: 2 };
  const one = new DebugHeap(memory, 0x2000, 8192, options);
  const block = one.allocate(40, 8);
  const two = new DebugHeap(memory, 0x2000, 8192, options);
  expect([...two.leaks()[0]!.block!.allocatedAt.stack]).toEqual([7, 7]);
  expect(two.deallocate(block, 40, 8)).toBe(0);
  expect(one.leaks()).toEqual([]);
});
