/**
 * Random programs over an address space agree with a page array after every operation: content,
 * faults, aliased frames, watched code, and the MMU's own check. Not covered: devices, guard pages,
 * forks; they have tests of their own.
 */
import { Random } from '@bareheap/conformance';
import { describe, expect, test } from 'vitest';
import { Mmu } from '../src/index.ts';
import { type ModelAccess, ModelFrame, PAGE, PageModel } from './page-model.ts';

const SEED = Number(process.env['BAREHEAP_SEED'] ?? 1);
const STEPS = Number(process.env['BAREHEAP_FUZZ'] ?? 6000);
const PAGES = 40;
const SHARED = 3;
/** Leaves of the page table end inside the range, in both shapes. */
const BASES = { 32: 0x80000000 - 20 * PAGE, 48: 0x7f0000000000 - 20 * PAGE } as const;
const SIZES = [1, 2, 4] as const;

class Rig {
  readonly base: number;
  readonly random: Random;
  readonly mmu: Mmu;
  readonly model = new PageModel();
  readonly told: number[] = [];
  private readonly frames: number[];
  private readonly modelFrames: ModelFrame[];

  constructor(addressBits: 32 | 48, seed: number, entries: number) {
    this.base = BASES[addressBits];
    this.random = new Random(seed);
    this.mmu = new Mmu({ addressBits, memoryBytes: 1 << 20, tlb: { entries } });
    this.mmu.onCodeWrite = (address) => this.told.push(Math.floor((address - this.base) / PAGE));
    this.frames = Array.from({ length: SHARED }, () => this.mmu.pool.allocate());
    this.mmu.pool.holders.add({
      countFrames: (counts) => {
        for (const frame of this.frames) counts[frame]!++;
      },
    });
    this.modelFrames = this.frames.map(() => new ModelFrame());
  }

  step(): void {
    this.mmu.faulted = false;
    this.told.length = 0;
    const kind = this.random.below(100);
    if (kind < 70) this.access();
    else if (kind < 82) this.map();
    else if (kind < 87) this.range((start, length) => this.mmu.unmap(start, length), 'unmap');
    else if (kind < 92) this.protect();
    else if (kind < 95) this.range((start, length) => this.mmu.discard(start, length), 'discard');
    else this.watch();
  }

  private access(): void {
    const offset = this.random.below(PAGES * PAGE - 4);
    const near = this.random.oneIn(3) ? Math.floor(offset / PAGE) * PAGE + PAGE - 2 : offset;
    const size = this.random.pick(SIZES);
    const access = this.random.pick(['read', 'write', 'execute'] as const);
    const value = this.random.below(256 ** size);
    const fault = this.model.faultOf(near, size, access);
    const got = this.perform(access, this.base + near, size, value);
    expect(this.mmu.faulted).toBe(fault !== null);
    if (fault !== null) {
      const address = this.base + fault.offset;
      expect(this.mmu.fault).toMatchObject({ kind: fault.kind, access, address });
      return;
    }
    if (access === 'write')
      expect([...new Set(this.told)].sort()).toEqual(this.model.store(near, size, value));
    expect(got).toBe(this.model.value(near, size));
  }

  /** Does an access; of a store, the bytes as they are after it. */
  private perform(access: ModelAccess, address: number, size: number, value: number): number {
    if (access === 'execute') return this.mmu.fetchSlow(address, size);
    if (access === 'read') return this.mmu.loadSlow(address, size);
    this.mmu.storeSlow(address, size, value);
    return value;
  }

  private map(): void {
    const first = this.random.below(PAGES);
    const count = this.random.between(1, Math.min(4, PAGES - first));
    const range = Array.from({ length: count }, (_, index) => first + index);
    if (range.some((page) => this.model.pages.has(page))) return;
    const protection = this.random.below(8);
    const aliased = count <= SHARED && this.random.oneIn(3);
    const options = aliased
      ? { backing: { kind: 'frames' as const, frames: this.frames.slice(0, count) } }
      : {};
    this.mmu.map(this.base + first * PAGE, count * PAGE, protection, options);
    range.forEach((page, index) => {
      const frame = aliased ? this.modelFrames[index]! : null;
      this.model.pages.set(page, { protection, frame, aliased, code: new Set() });
    });
  }

  private range(act: (start: number, length: number) => void, what: 'unmap' | 'discard'): void {
    const first = this.random.below(PAGES);
    const count = this.random.between(1, Math.min(5, PAGES - first));
    act(this.base + first * PAGE, count * PAGE);
    for (let page = first; page < first + count; page++) {
      if (what === 'unmap') this.model.pages.delete(page);
      else this.model.discard(page);
    }
  }

  private protect(): void {
    const first = this.random.below(PAGES);
    const count = this.random.between(1, Math.min(5, PAGES - first));
    const protection = this.random.below(8);
    this.mmu.protect(this.base + first * PAGE, count * PAGE, protection);
    for (let page = first; page < first + count; page++) {
      const known = this.model.pages.get(page);
      known?.code.clear();
      if (known !== undefined) known.protection = protection;
    }
  }

  /** Watches bytes that were fetched, as a translator does. */
  private watch(): void {
    const page = this.random.below(PAGES);
    const from = this.random.below(PAGE - 32);
    if (this.model.faultOf(page * PAGE + from, 32, 'execute') !== null) return;
    this.mmu.fetchSlow(this.base + page * PAGE + from, 4);
    this.mmu.watchCode(this.base + page * PAGE + from, 32);
    this.model.watch(page, from, from + 32);
  }
}

describe.each([32, 48] as const)('a space of %i bits', (addressBits) => {
  test.each([1, 8, 256])('with %i TLB entries is what a page array is', (entries) => {
    const rig = new Rig(addressBits, SEED + entries, entries);
    for (let step = 0; step < STEPS; step++) {
      try {
        rig.step();
        expect(rig.mmu.check()).toEqual([]);
      } catch (error) {
        const again = `BAREHEAP_SEED=${SEED} BAREHEAP_FUZZ=${step + 1}`;
        throw new Error(`${addressBits} bits, ${entries} entries, step ${step}: ${again}`, {
          cause: error,
        });
      }
    }
  });
});

test('unmapping everything gives back every frame that is not held', () => {
  const rig = new Rig(48, SEED, 16);
  for (let step = 0; step < STEPS; step++) rig.step();
  rig.mmu.unmap(rig.base, PAGES * PAGE);
  expect([rig.mmu.pages, rig.mmu.vmas.size, rig.mmu.pool.inUse]).toEqual([0, 0, SHARED]);
  expect(rig.mmu.tlb.valid()).toEqual([]);
});
