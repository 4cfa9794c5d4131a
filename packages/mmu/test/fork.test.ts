/** Spaces that share frames and the one TLB. */
import { expect, test } from 'vitest';
import { Mmu, Supervisor } from '../src/index.ts';

const PAGE = 4096;
const AT = 0x10000;
const RW = 3;

function mapped(): Mmu {
  const mmu = new Mmu({ addressBits: 32, memoryBytes: 1 << 20 });
  mmu.map(AT, PAGE, RW);
  mmu.storeSlow(AT, 4, 1);
  return mmu;
}

/** What generated code loads when the TLB hits, or null when it misses. */
function inlineLoad(mmu: Mmu, address: number): number | null {
  const { i32 } = mmu.pool;
  const entry = (mmu.tlb.base >> 2) + ((address >>> 12) & (mmu.tlb.entries - 1)) * 4;
  if (i32[entry] !== address) return null;
  return i32[(address + i32[entry + 3]!) >>> 2]!;
}

test('a poke into a forked page does not show in the other space', () => {
  const parent = mapped();
  const child = parent.fork();
  new Supervisor(child).poke(AT, Uint8Array.of(9));
  expect(parent.loadSlow(AT, 1)).toBe(1);
  expect(child.loadSlow(AT, 1)).toBe(9);
  new Supervisor(parent).poke(AT, Uint8Array.of(5));
  expect(child.loadSlow(AT, 1)).toBe(9);
});

test('generated code of one space never hits what another space filled', () => {
  const parent = mapped();
  const child = parent.fork();
  child.storeSlow(AT, 4, 7);
  expect([1, null]).toContain(inlineLoad(parent, AT));
  parent.loadSlow(AT, 4);
  expect(inlineLoad(parent, AT)).toBe(1);
  child.activate();
  expect(inlineLoad(child, AT)).toBeNull();
  child.loadSlow(AT, 4);
  expect(inlineLoad(child, AT)).toBe(7);
  parent.loadSlow(AT, 4);
  expect(inlineLoad(child, AT)).toBe(7);
  expect([...parent.check(), ...child.check()]).toEqual([]);
});

test('shared mappings stay shared, and what a child maps is its own', () => {
  const parent = mapped();
  const frame = parent.pool.allocate();
  parent.map(AT + PAGE, PAGE, RW, { backing: { kind: 'frames', frames: [frame] } });
  const child = parent.fork();
  child.storeSlow(AT + PAGE, 4, 3);
  expect(parent.loadSlow(AT + PAGE, 4)).toBe(3);
  child.map(0x90000, PAGE, RW);
  parent.loadSlow(0x90000, 4);
  expect(parent.faulted).toBe(true);
});

test('a disposed space gives back its frames, and the TLB', () => {
  const parent = mapped();
  const child = parent.fork();
  child.storeSlow(AT, 4, 2);
  expect(parent.pool.inUse).toBe(2);
  child.activate();
  child.dispose();
  expect(parent.pool.inUse).toBe(1);
  parent.activate();
  parent.storeSlow(AT, 4, 6);
  expect(inlineLoad(parent, AT)).toBe(6);
  expect(parent.check()).toEqual([]);
});

test('spaces of other shapes take turns in the TLB', () => {
  const narrow = mapped();
  const wide = new Mmu({
    addressBits: 48,
    memoryBytes: 0,
    pool: narrow.pool,
    tlb: { entries: 16 },
  });
  wide.map(2 ** 46, 64 * PAGE, RW);
  for (const mmu of [wide, narrow, wide, narrow]) {
    mmu.activate();
    expect(mmu.tlb.valid()).toEqual([]);
    for (let page = 0; page < 64; page++) wide.storeSlow(2 ** 46 + page * PAGE, 8, page, 1);
    narrow.storeSlow(AT, 4, 5);
    expect(mmu.tlb.valid()).toHaveLength(mmu === wide ? 16 : 1);
    expect([...narrow.check(), ...wide.check()]).toEqual([]);
  }
});
