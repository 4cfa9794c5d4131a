/** Guard pages: asked for by the mapping, whatever becomes of the pages behind it. */
import { expect, test } from 'vitest';
import { Mmu, Supervisor } from '../src/index.ts';

const PAGE = 4096;
const AT = 0x10000;
const RW = 3;

function space(): Mmu {
  return new Mmu({ addressBits: 32, memoryBytes: 1 << 20 });
}

/** The kind of fault that a load of one byte ends in, or null. */
function faultOf(mmu: Mmu, address: number): string | null {
  mmu.faulted = false;
  mmu.loadSlow(address, 1);
  return mmu.faulted ? mmu.fault.kind : null;
}

test('guard pages take no frames before they are touched', () => {
  const mmu = space();
  mmu.map(AT, 64 * PAGE, RW, { guard: true });
  expect(mmu.pool.inUse).toBe(0);
  expect(faultOf(mmu, AT + 7 * PAGE)).toBe('guard');
  expect(mmu.pool.inUse).toBe(0);
  expect(faultOf(mmu, AT + 7 * PAGE)).toBeNull();
  expect(faultOf(mmu, AT + 8 * PAGE)).toBe('guard');
  expect(mmu.check()).toEqual([]);
});

test('a guard page guards after its frame was dropped', () => {
  const mmu = space();
  mmu.map(AT, PAGE, RW, { guard: true });
  mmu.discard(AT, PAGE);
  mmu.loadSlow(AT, 1);
  expect(mmu.faulted).toBe(true);
});

test('a page can become a guard again, keeps its bytes, and is read by a debugger', () => {
  const mmu = space();
  mmu.map(AT, 2 * PAGE, RW);
  mmu.storeSlow(AT, 4, 77);
  mmu.guard(AT, PAGE);
  expect(new Supervisor(mmu).peek(AT, 1)![0]).toBe(77);
  expect(mmu.check()).toEqual([]);
  expect(faultOf(mmu, AT + PAGE)).toBeNull();
  expect(faultOf(mmu, AT)).toBe('guard');
  expect(mmu.loadSlow(AT, 4)).toBe(77);
  mmu.guard(AT, PAGE);
  mmu.guard(AT, PAGE, false);
  expect(faultOf(mmu, AT)).toBeNull();
  expect(mmu.vmas.size).toBe(1);
});

test('a fork has its own guards', () => {
  const mmu = space();
  mmu.map(AT, PAGE, RW, { guard: true });
  const child = mmu.fork();
  expect(faultOf(child, AT)).toBe('guard');
  expect(faultOf(child, AT)).toBeNull();
  expect(faultOf(mmu, AT)).toBe('guard');
});
