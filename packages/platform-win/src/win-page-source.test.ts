import { NO_MEMORY, PAGE_NONE, PAGE_READ_WRITE } from '@bareheap/core';
import { expect, test } from 'vitest';
import { checkSpace } from './space-check.ts';
import { WinPageSource } from './win-page-source.ts';
import { makeWinProcess } from './win-process.ts';

test('reservations are zero, whole granules, and given back whole', () => {
  const process = makeWinProcess();
  const source = new WinPageSource(process.space);
  const before = process.space.committedBytes;
  const first = source.reserve(5000);
  const second = source.reserve(100000);
  expect([first % 65536, second % 65536]).toEqual([0, 0]);
  expect(process.space.mmu.load(second + 131068, 4)).toBe(0);
  expect(source.giveBack(second, 65536)).toBe(false);
  expect(source.giveBack(second + 65536, 65536)).toBe(false);
  expect(source.giveBack(second, 131072)).toBe(true);
  expect(source.giveBack(first, 65536)).toBe(true);
  expect(process.space.committedBytes).toBe(before);
  expect(checkSpace(process.space)).toEqual([]);
});

test('addresses and memory come in two steps', () => {
  const process = makeWinProcess();
  const { mmu } = process.space;
  const source = new WinPageSource(process.space);
  const at = source.commitment.reserveOnly(1 << 20);
  mmu.store(at, 4, 1);
  expect(mmu.faulted).toBe(true);
  mmu.faulted = false;
  expect(source.commitment.commit(at + 4096, 8192)).toBe(true);
  mmu.store(at + 4096, 4, 7);
  expect(source.commitment.commit(at, 16384)).toBe(true);
  expect(mmu.load(at + 4096, 4)).toBe(7);
  expect(source.protection.protect(at + 4096, 4096, PAGE_NONE)).toBe(true);
  expect(source.protection.protect(at + 32768, 4096, PAGE_NONE)).toBe(false);
  expect(source.protection.protect(at + 4096, 4096, PAGE_READ_WRITE)).toBe(true);
  expect(source.commitment.decommit(at, 16384)).toBe(true);
  expect(source.commitment.commit(at, 16384)).toBe(true);
  expect(mmu.load(at + 4096, 4)).toBe(0);
  expect(checkSpace(process.space)).toEqual([]);
});

test('memory at an address, and none past the limit', () => {
  const process = makeWinProcess({ commitLimitBytes: 1 << 20 });
  const source = new WinPageSource(process.space);
  expect(source.placement.reserveAt(0x2000000000, 65536)).toBe(true);
  expect(source.placement.reserveAt(0x2000000000, 65536)).toBe(false);
  expect(source.placement.reserveAt(0x2000001000, 65536)).toBe(false);
  expect(source.reserve(2 << 20)).toBe(NO_MEMORY);
  expect(source.reserve(64 << 10)).not.toBe(NO_MEMORY);
});
