/** Every page source keeps what its fields and capabilities say. */
import { describe, expect, test } from 'vitest';
import { SETUPS, type SourceSetup, SPACE_BYTES } from '../../test/source-setups.ts';
import type { HeapMemory } from '../heap-memory.ts';
import { NO_MEMORY, PAGE_NONE, PAGE_READ, PAGE_READ_WRITE } from '../page-source.ts';
import { STRATEGIES } from '../strategies.ts';
import { FallibleSource } from './fallible-source.ts';
import { GrowingHeap } from './growing-heap.ts';
import { ProtectedMemory } from './protected-memory.ts';
import { WasmSource } from './wasm-source.ts';

/** Fills a reservation with bytes that are not zero. */
function soil({ memoryAt }: SourceSetup, address: number, bytes: number): void {
  memoryAt(address, bytes).fill(0, bytes, 0xa5);
}

function isZero(memory: HeapMemory, bytes: number): boolean {
  for (let at = 0; at < bytes; at += 4) if (memory.load32(at) !== 0) return false;
  return true;
}

describe.each(Object.keys(SETUPS))('%s', (name) => {
  const setUp = SETUPS[name]!;

  test('reservations are aligned, disjoint and large enough', () => {
    const { source } = setUp();
    const unit = source.granularityBytes;
    const ranges: [number, number][] = [];
    for (const bytes of [1, unit, unit + 1, 3 * unit, 100]) {
      const address = source.reserve(bytes);
      expect(address).not.toBe(NO_MEMORY);
      expect(address % unit).toBe(0);
      const end = address + Math.ceil(bytes / unit) * unit;
      for (const [from, to] of ranges) expect(address >= to || end <= from).toBe(true);
      ranges.push([address, end]);
    }
  });

  test('a request that is too large, and one for nothing, change nothing', () => {
    const [one, two] = [setUp().source, setUp().source];
    for (const bytes of [0, -1, Number.NaN, 2 * SPACE_BYTES, 2 ** 40]) {
      expect(one.reserve(bytes)).toBe(NO_MEMORY);
    }
    expect(one.reserve(100)).toBe(two.reserve(100));
  });

  test('new memory is zero where that is promised, also where it was used before', () => {
    const setup = setUp();
    const { source, memoryAt } = setup;
    if (!source.isZeroed) return expect(['static', 'heap']).toContain(name);
    const unit = source.granularityBytes;
    const first = source.reserve(unit);
    expect(isZero(memoryAt(first, unit), unit)).toBe(true);
    soil(setup, first, unit);
    source.giveBack(first, unit);
    const second = source.reserve(unit);
    expect(isZero(memoryAt(second, unit), unit)).toBe(true);
  });

  test('a later reservation continues the one before where that is promised', () => {
    const { source } = setUp();
    const first = source.reserve(source.granularityBytes);
    const second = source.reserve(source.granularityBytes);
    if (source.isContiguous) expect(second).toBe(first + source.granularityBytes);
    else expect(['mmap', 'VirtualAlloc', 'heap', 'fallible']).toContain(name);
  });

  test('it takes back what `release` says, and nothing else', () => {
    const { source } = setUp();
    const unit = source.granularityBytes;
    const below = source.reserve(2 * unit);
    const top = source.reserve(2 * unit);
    const part = source.giveBack(top, unit);
    const lower = source.giveBack(below, 2 * unit);
    const rest = source.giveBack(part ? top + unit : top, part ? unit : 2 * unit);
    const expected = {
      never: [false, false, false],
      top: [false, false, true],
      whole: [false, true, true],
      any: [true, true, true],
    };
    expect([part, lower, rest]).toEqual(expected[source.release]);
    expect(source.giveBack(top, 2 * unit)).toBe(false);
    expect(source.giveBack(0, unit)).toBe(false);
  });

  test('pages can be protected where it says so', () => {
    const { source, memoryAt, space } = setUp();
    const { protection } = source;
    if (protection === undefined || space === undefined) return expect(space).toBeUndefined();
    const address = source.reserve(source.granularityBytes);
    const offset = address - space.start;
    const memory = new ProtectedMemory(memoryAt(space.start, SPACE_BYTES), space);
    memory.store32(offset, 42);
    expect(protection.protect(address, protection.pageBytes, PAGE_READ)).toBe(true);
    memory.store32(offset, 43);
    expect([memory.load32(offset), memory.faults, memory.faultIsWrite]).toEqual([42, 1, true]);
    protection.protect(address, protection.pageBytes, PAGE_NONE);
    expect([memory.load32(offset), memory.faults, memory.faultOffset]).toEqual([0, 2, offset]);
    protection.protect(address, protection.pageBytes, PAGE_READ_WRITE);
    expect(memory.load32(offset)).toBe(42);
    source.giveBack(address, source.granularityBytes);
    expect(protection.protect(address, protection.pageBytes, PAGE_READ)).toBe(false);
  });

  test('memory can be asked for at an address where it says so', () => {
    const { source } = setUp();
    const { placement, granularityBytes: unit } = source;
    if (placement === undefined) return expect(name).not.toMatch(/mmap|VirtualAlloc/);
    const address = source.reserve(unit);
    expect(placement.reserveAt(address, unit)).toBe(false);
    source.giveBack(address, unit);
    expect(placement.reserveAt(address + 1, unit)).toBe(false);
    expect(placement.reserveAt(address, unit)).toBe(true);
    expect(source.giveBack(address, unit)).toBe(true);
  });
});

test('VirtualAlloc: addresses without memory, then memory page by page', () => {
  const { source, memoryAt, space } = SETUPS['VirtualAlloc']!();
  const commitment = source.commitment!;
  const address = commitment.reserveOnly(1);
  const memory = new ProtectedMemory(memoryAt(space!.start, SPACE_BYTES), space!);
  const offset = address - space!.start;
  memory.store32(offset, 1);
  expect(memory.faults).toBe(1);
  expect(commitment.commit(address, 4096)).toBe(true);
  memory.store32(offset, 1);
  expect(commitment.commit(address, 8192)).toBe(true);
  expect([memory.load32(offset), memory.load32(offset + 4096), memory.faults]).toEqual([1, 0, 1]);
  expect(commitment.decommit(address, 4096)).toBe(true);
  expect(commitment.commit(address, 4096)).toBe(true);
  expect(memory.load32(offset)).toBe(0);
  const next = commitment.reserveOnly(1);
  expect(next).toBe(address + 65_536);
  expect(commitment.commit(address, 2 * 65_536)).toBe(false);
});

test('a WebAssembly memory grown by somebody else is found again', () => {
  const memory = new WebAssembly.Memory({ initial: 0, maximum: 20 });
  const source = new WasmSource(memory);
  const heap = new GrowingHeap('tlsf', STRATEGIES.tlsf, source, (address, bytes) =>
    source.memoryAt(address, bytes),
  );
  const block = heap.allocate(100, 8);
  memory.grow(1);
  source.refresh();
  expect(heap.usableSize(block)).toBeGreaterThanOrEqual(100);
  const large = heap.allocate(100_000, 8);
  expect(large).toBeGreaterThan(3 * 65_536 - 1);
  expect(heap.check()).toEqual([]);
});

test('in an empty WebAssembly memory address 0 is never handed out', () => {
  const source = new WasmSource(new WebAssembly.Memory({ initial: 0, maximum: 3 }));
  expect([source.reserve(1), source.reserve(1), source.reserve(1)]).toEqual([65_536, 131_072, 0]);
});

test('a fallible source fails the nth call, and by seed the same ones each time', () => {
  const source = new FallibleSource(SETUPS['mmap']!().source, { nth: 2 });
  const first = source.reserve(1);
  expect(source.giveBack(first, 1)).toBe(false);
  expect(source.giveBack(first, 1)).toBe(true);
  expect([source.calls, source.failures]).toEqual([3, 1]);
  const failing = (seed: number): boolean[] => {
    const seeded = new FallibleSource(SETUPS['mmap']!().source, { oneIn: 3, seed });
    return Array.from({ length: 40 }, () => seeded.reserve(1) === NO_MEMORY);
  };
  expect(failing(7)).toEqual(failing(7));
  expect(failing(7)).not.toEqual(failing(8));
  expect(failing(7).filter(Boolean).length).toBeGreaterThan(5);
  expect(failing(7).filter(Boolean).length).toBeLessThan(25);
});
