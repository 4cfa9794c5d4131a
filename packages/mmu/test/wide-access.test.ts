/** Accesses of 8 bytes, and addresses of 64 bits. */
import { describe, expect, test } from 'vitest';
import { type Device, Mmu, type MmuOptions } from '../src/index.ts';

const PAGE = 4096;
const RW = 3;
const LOW = 0x89abcdef;
const HIGH = 0xfedcba98;
/** Bytes of HIGH:LOW, lowest first. */
const BYTES = [0xef, 0xcd, 0xab, 0x89, 0x98, 0xba, 0xdc, 0xfe];

function space(addressBits: MmuOptions['addressBits']): Mmu {
  return new Mmu({ addressBits, memoryBytes: 1 << 20 });
}

describe.each([
  [32, 0x7ffff000],
  [48, 0x7fff00000000],
] as const)('8 bytes in a space of %i bits', (addressBits, at) => {
  test.each(Array.from({ length: 16 }, (_, n) => PAGE - 8 + n))('at offset %i', (offset) => {
    const mmu = space(addressBits);
    mmu.map(at, 3 * PAGE, RW);
    mmu.storeSlow(at + offset, 8, LOW, HIGH);
    expect(BYTES.map((_, n) => mmu.loadSlow(at + offset + n, 1))).toEqual(BYTES);
    expect([mmu.loadSlow(at + offset - 1, 1), mmu.loadSlow(at + offset + 8, 1)]).toEqual([0, 0]);
    expect([mmu.loadSlow(at + offset, 8), mmu.high, mmu.faulted]).toEqual([LOW, HIGH, false]);
    expect(mmu.check()).toEqual([]);
  });

  test.each([1, 2, 3, 4, 5, 6, 7])(
    '%i of them on a page that cannot be stored to: none is',
    (n) => {
      const mmu = space(addressBits);
      mmu.map(at, PAGE, RW);
      mmu.map(at + PAGE, PAGE, 1);
      mmu.storeSlow(at + PAGE - 8 + n, 8, LOW, HIGH);
      expect(mmu.fault).toMatchObject({ kind: 'protection', address: at + PAGE, size: 8 });
      mmu.faulted = false;
      expect(mmu.loadSlow(at + PAGE - 8, 8)).toBe(0);
      expect(mmu.high).toBe(0);
      mmu.loadSlow(at + 2 * PAGE - 8 + n, 8);
      expect(mmu.fault).toMatchObject({ kind: 'not-present', address: at + 2 * PAGE, size: 8 });
    },
  );

  test('at the limit of memory: none is stored', () => {
    const mmu = new Mmu({ addressBits, memoryBytes: PAGE });
    mmu.map(at, 2 * PAGE, RW);
    mmu.storeSlow(at + PAGE - 3, 8, LOW, HIGH);
    expect(mmu.fault).toMatchObject({ kind: 'bus', address: at + PAGE });
    mmu.faulted = false;
    expect(mmu.loadSlow(at + PAGE - 4, 4)).toBe(0);
  });

  test('of a device are two accesses, of which either may be refused', () => {
    const mmu = space(addressBits);
    const seen: number[][] = [];
    const device: Device = {
      load(offset, size) {
        seen.push([offset, size]);
        if (offset === 20) mmu.refuse();
        return offset === 8 ? -1 : offset;
      },
      store: (offset, size, value) => seen.push([offset, size, value]),
    };
    mmu.mapDevice(at, PAGE, device);
    expect([mmu.loadSlow(at + 8, 8), mmu.high]).toEqual([0xffffffff, 12]);
    mmu.storeSlow(at + 8, 8, -1, -2);
    expect(seen).toEqual([
      [8, 4],
      [12, 4],
      [8, 4, 0xffffffff],
      [12, 4, 0xfffffffe],
    ]);
    mmu.loadSlow(at + 16, 8);
    expect(mmu.fault).toMatchObject({ kind: 'bus', address: at + 16, size: 8 });
  });
});

test('the end of a 32-bit space goes on at its start, bytes and faults alike', () => {
  const mmu = space(32);
  mmu.map(0xfffff000, PAGE, RW);
  mmu.storeSlow(0xfffffffb, 8, LOW, HIGH);
  expect(mmu.fault).toMatchObject({ kind: 'not-present', address: 0 });
  mmu.faulted = false;
  mmu.map(0, PAGE, RW);
  mmu.storeSlow(0xfffffffb, 8, LOW, HIGH);
  expect([mmu.loadSlow(0xfffffffb, 8), mmu.high]).toEqual([LOW, HIGH]);
  expect(mmu.loadSlow(0, 2)).toBe(0xdcba);
});

describe('addresses of 64 bits', () => {
  const mmu = space(48);
  mmu.map(0x7fffffffe000, PAGE, 7);

  test('in the lower half are those of the mappings', () => {
    mmu.storeSlowAt(0xffffe010, 0x7fff, 8, LOW, HIGH);
    expect([mmu.loadSlowAt(0xffffe010 | 0, 0x7fff, 8), mmu.high]).toEqual([LOW, HIGH]);
    expect(mmu.loadSlow(0x7fffffffe010, 4)).toBe(LOW);
    expect(mmu.fetchSlowAt(0xffffe010, 0x7fff, 2)).toBe(LOW & 0xffff);
    expect(mmu.faulted).toBe(false);
  });

  test.each([
    [0x00000000, 0x00008000],
    [0x12345678, 0x00010000],
    [0xffffffff, 0x7fffffff],
    [0x00000000, 0x80000000],
    [0xffffffff, 0xffff7fff],
    [0x00000008, 0xdeadbeef],
  ])('%#x of %#x is none', (low, high) => {
    for (const access of ['read', 'write', 'execute'] as const) {
      mmu.faulted = false;
      if (access === 'read') mmu.loadSlowAt(low | 0, high | 0, 4);
      else if (access === 'write') mmu.storeSlowAt(low, high, 4, 1);
      else mmu.fetchSlowAt(low, high | 0, 4);
      expect(mmu.faulted).toBe(true);
      const raw = { rawLow: low, rawHigh: high };
      expect(mmu.fault).toMatchObject({ kind: 'non-canonical', access, size: 4, ...raw });
    }
  });

  test.each([
    [0x00000000, 0xffff8000],
    [0xffffffff, 0xffffffff],
    [0x81000000, 0xffffffff],
  ])('%#x of %#x, in the upper half, is one where nothing is mapped', (low, high) => {
    mmu.onFault = () => expect.unreachable();
    mmu.loadSlowAt(low, high, 1);
    const raw = { rawLow: low, rawHigh: high };
    expect(mmu.fault).toMatchObject({ kind: 'not-present', access: 'read', ...raw });
    mmu.onFault = null;
  });

  test('an access that leaves the lower half has no address, whatever its first page', () => {
    mmu.map(0x7ffffffff000, PAGE, RW);
    mmu.faulted = false;
    mmu.storeSlowAt(0xfffffffc, 0x7fff, 4, 1);
    expect(mmu.faulted).toBe(false);
    mmu.storeSlowAt(0xfffffffd, 0x7fff, 4, -1);
    const raw = { rawLow: 0xfffffffd, rawHigh: 0x7fff };
    expect(mmu.fault).toMatchObject({ kind: 'non-canonical', address: 0x7ffffffffffd, ...raw });
    mmu.unmap(0x7ffffffff000, PAGE);
    mmu.loadSlowAt(0xffffffff, 0x7fff, 8);
    expect(mmu.fault).toMatchObject({ kind: 'non-canonical', access: 'read', size: 8 });
    expect(() => mmu.map(2 ** 47, PAGE, RW)).toThrow('page range');
  });

  test('of a 32-bit space have an upper half of zero', () => {
    const narrow = space(32);
    narrow.map(0x1000, PAGE, RW);
    expect(narrow.loadSlowAt(0x1000, 0, 4)).toBe(0);
    expect(narrow.faulted).toBe(false);
    narrow.loadSlowAt(0x1000, 1, 4);
    const raw = { rawLow: 0x1000, rawHigh: 1 };
    expect(narrow.fault).toMatchObject({ kind: 'non-canonical', ...raw });
  });
});
