import { NO_MEMORY } from '@bareheap/core';
import { Mmu } from '@bareheap/mmu';
import { expect, test } from 'vitest';
import { RLIMIT_AS } from './linux-constants.ts';
import { makeAddressSpace } from './linux-memory.ts';
import { BreakPageSource, MmapPageSource, ThresholdPageSource } from './posix-page-source.ts';

const BREAK = 0x10000000;

function space() {
  const mmu = new Mmu({ addressBits: 48, memoryBytes: 4 << 20 });
  return makeAddressSpace({ breakStart: BREAK, mmapBase: 0x7f0000000000, mmu });
}

test('the break: contiguous, zeroed, given back from the top only', () => {
  const one = space();
  const source = new BreakPageSource(one);
  const a = source.reserve(5000);
  const b = source.reserve(4096);
  expect([a, b]).toEqual([BREAK, BREAK + 8192]);
  one.mmu.storeSlow(b, 4, 7);
  expect(source.giveBack(a, 5000)).toBe(false);
  expect(source.giveBack(b, 4096)).toBe(true);
  expect(source.reserve(4096)).toBe(b);
  expect(one.mmu.loadSlow(b, 4)).toBe(0);
  expect(source.giveBack(b, 4096) && source.giveBack(a, 5000)).toBe(true);
  expect(one.breakEnd).toBe(BREAK);
  expect(one.vmas.size).toBe(0);
});

test('mmap: given back in any order', () => {
  const one = space();
  const source = new MmapPageSource(one);
  const a = source.reserve(4096);
  const b = source.reserve(8192);
  expect(b + 8192).toBe(a);
  expect(source.giveBack(a, 4096)).toBe(true);
  expect(one.totalPages).toBe(2);
  expect(source.reserve(0)).toBe(NO_MEMORY);
});

test('by size, with a threshold that may change', () => {
  const one = space();
  const source = new ThresholdPageSource(one, 64 << 10);
  const small = source.reserve(4096);
  const large = source.reserve(64 << 10);
  expect(small).toBe(BREAK);
  expect(large).toBeGreaterThan(0x7e0000000000);
  source.thresholdBytes = 1 << 20;
  expect(source.reserve(64 << 10)).toBe(BREAK + 4096);
  expect(source.giveBack(large, 64 << 10)).toBe(true);
  expect(source.giveBack(small, 4096)).toBe(false);
});

test('from mmap when the break is stuck; no memory when both are', () => {
  const one = space();
  one.install(BREAK + 8192, BREAK + 12288, 0);
  const source = new ThresholdPageSource(one);
  expect(source.reserve(4096)).toBe(BREAK);
  expect(source.reserve(4096)).toBeGreaterThan(0x7e0000000000);
  one.limits.set(RLIMIT_AS, { soft: 0, hard: 0 });
  expect(source.reserve(4096)).toBe(NO_MEMORY);
});
