/** Accesses that end in a device, and the end of memory. */
import { expect, test } from 'vitest';
import { type Device, Mmu } from '../src/index.ts';

const PAGE = 4096;
const AT = 0x10000;
const RW = 3;

function space(memoryBytes = 1 << 20): Mmu {
  return new Mmu({ addressBits: 32, memoryBytes });
}

function mapped(): Mmu {
  const mmu = space();
  mmu.map(AT, PAGE, RW);
  mmu.storeSlow(AT, 4, 1);
  return mmu;
}

test('a store across into a refusing device leaves memory as it was', () => {
  const mmu = mapped();
  const device: Device = { load: () => 0, store: () => mmu.refuse() };
  mmu.mapDevice(AT + PAGE, PAGE, device);
  mmu.storeSlow(AT + PAGE - 1, 4, 0x11223344);
  expect(mmu.faulted).toBe(true);
  mmu.faulted = false;
  expect(mmu.loadSlow(AT + PAGE - 1, 1)).toBe(0);
});

test('a device sees sizes 1, 2 and 4 only', () => {
  const mmu = mapped();
  const sizes: number[] = [];
  const device: Device = { load: () => 0, store: (_, size) => sizes.push(size) };
  mmu.mapDevice(AT + PAGE, PAGE, device);
  mmu.storeSlow(AT + PAGE - 1, 4, 0x11223344);
  expect(sizes.filter((size) => ![1, 2, 4].includes(size))).toEqual([]);
});

test('the end of memory is a bus fault: the page is mapped', () => {
  const mmu = space(PAGE);
  mmu.map(AT, 2 * PAGE, RW);
  mmu.storeSlow(AT, 4, 1);
  mmu.storeSlow(AT + PAGE, 4, 1);
  expect(mmu.fault.kind).toBe('bus');
});

test('read-only memory takes stores, drops them and tells', () => {
  const mmu = space();
  const told: number[][] = [];
  mmu.onDroppedStore = (address, size) => told.push([address, size]);
  mmu.map(AT, PAGE, 5, { backing: { kind: 'rom' } });
  mmu.storeSlow(AT + 8, 4, 0x11223344);
  expect(mmu.faulted).toBe(false);
  expect(mmu.loadSlow(AT + 8, 4)).toBe(0);
  expect(told).toEqual([[AT + 8, 4]]);
  expect(mmu.tlb.valid().some(({ write }) => write)).toBe(false);
  expect(mmu.check()).toEqual([]);
});

test('a fault that nobody looked into yet leaves later accesses whole', () => {
  const mmu = mapped();
  mmu.map(AT + PAGE, PAGE, 7);
  mmu.protect(AT, PAGE, 7);
  mmu.loadSlow(0, 1);
  expect(mmu.faulted).toBe(true);
  mmu.storeSlow(AT + PAGE - 2, 4, 0x44332211);
  expect(mmu.loadSlow(AT + PAGE - 2, 4)).toBe(0x44332211);
  expect(mmu.fetchSlow(AT + PAGE - 2, 4)).toBe(0x44332211);
  mmu.storeSlow(AT + PAGE - 5, 8, 1, 2);
  expect([mmu.loadSlow(AT + PAGE - 5, 8), mmu.high]).toEqual([1, 2]);
});

test('a fetch across pages faults as one access', () => {
  const mmu = mapped();
  mmu.protect(AT, PAGE, 5);
  mmu.fetchSlow(AT + PAGE - 1, 4);
  const where = { address: AT + PAGE, size: 4 };
  expect(mmu.fault).toMatchObject({ kind: 'not-present', access: 'execute', ...where });
});

test('a device that asks another one gives its own answer', () => {
  const mmu = mapped();
  const inner: Device = { load: () => 1, store: () => mmu.refuse() };
  let before = false;
  const outer: Device = {
    load(offset) {
      if (before) mmu.refuse();
      mmu.loadSlow(AT + 8 * PAGE, 4);
      return offset;
    },
    store(_offset, _size, value) {
      mmu.storeSlow(AT + 8 * PAGE, 4, value);
      mmu.faulted = false;
    },
  };
  mmu.mapDevice(AT + 8 * PAGE, PAGE, inner);
  mmu.mapDevice(AT + 16 * PAGE, PAGE, outer);
  mmu.storeSlow(AT + 16 * PAGE, 4, 1);
  expect(mmu.faulted).toBe(false);
  before = true;
  mmu.loadSlow(AT + 16 * PAGE, 4);
  expect(mmu.fault).toMatchObject({ kind: 'bus', access: 'read', address: AT + 16 * PAGE });
});
