import { Random } from '@bareheap/conformance';
import { describe, expect, test } from 'vitest';
import { GuestHeapMemory } from './guest-heap-memory.ts';
import { PAGE_BYTES as PAGE } from './memory-layout.ts';
import { Mmu } from './mmu.ts';

const SEED = Number(process.env['BAREHEAP_SEED'] ?? 1);
const STEPS = Number(process.env['BAREHEAP_FUZZ'] ?? 4000);
const BYTES = 6 * PAGE;
const RW = 3;

/** One step on both; what the words then are is compared. */
function step(random: Random, memory: GuestHeapMemory, model: Uint8Array): void {
  const words = new DataView(model.buffer);
  const length = random.below(random.pick([16, 200, 3 * PAGE]));
  const at = random.below(BYTES - length);
  const word = random.below(BYTES / 4) * 4;
  const kind = random.below(8);
  if (kind === 0) {
    memory.fill(at, length, kind);
    model.fill(kind, at, at + length);
  } else if (kind === 1) {
    const from = random.below(BYTES - length);
    memory.copy(at, from, length);
    model.copyWithin(at, from, from + length);
  } else if (kind < 5) {
    const value = random.next() | 0;
    memory.store32(word, value);
    words.setInt32(word, value, true);
  }
  const asked = random.below(BYTES / 4) * 4;
  expect(memory.load32(asked)).toBe(words.getInt32(asked, true));
}

describe.each([
  ['a 32-bit space', 32, 0x20000000],
  ['a 48-bit space', 48, 0x7f0000000000],
  ['a region across 4 GiB', 48, 2 ** 32 - 2 * PAGE],
  ['a region that is not aligned', 32, 0x20000002],
] as const)('%s', (_name, addressBits, base) => {
  test.each([2, 256])('is what an array is, with %i TLB entries', (entries) => {
    const random = new Random(SEED);
    let mmu = new Mmu({ addressBits, memoryBytes: 1 << 20, tlb: { entries } });
    mmu.map(base - (base % PAGE), BYTES + PAGE, RW);
    let memory = new GuestHeapMemory(mmu, base);
    const model = new Uint8Array(BYTES);
    for (let number = 0; number < STEPS; number++) {
      const again = `step ${number}: BAREHEAP_SEED=${SEED} BAREHEAP_FUZZ=${number + 1}`;
      if (number % 500 === 499) {
        const parent = mmu;
        mmu = parent.fork();
        memory = new GuestHeapMemory(mmu, base);
        if (random.oneIn(2)) mmu.activate();
        if (random.oneIn(2)) parent.dispose();
      }
      try {
        step(random, memory, model);
      } catch (error) {
        throw new Error(again, { cause: error });
      }
    }
    expect([mmu.faulted, ...mmu.check()]).toEqual([false]);
  });
});

test('a fault is the guest’s: the rest is not copied', () => {
  const mmu = new Mmu({ addressBits: 32, memoryBytes: 1 << 20 });
  mmu.map(0x10000, PAGE, RW);
  const memory = new GuestHeapMemory(mmu, 0x10000);
  memory.store32(0, 7);
  memory.copy(PAGE - 4, 0, 8);
  expect(mmu.fault).toMatchObject({ kind: 'not-present', address: 0x11000, access: 'write' });
  mmu.faulted = false;
  expect(memory.load32(PAGE - 4)).toBe(7);
  mmu.protect(0x10000, PAGE, 1);
  memory.store32(8, 1);
  expect(mmu.fault).toMatchObject({ kind: 'protection', address: 0x10008 });
});
