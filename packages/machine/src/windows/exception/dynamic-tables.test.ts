import { Mmu, PAGE_BYTES, PROT_READ, PROT_WRITE } from '@bareheap/mmu';
import { expect, test } from 'vitest';
import { ProcessMemory } from '../process/process-memory.ts';
import { DynamicTables } from './dynamic-tables.ts';

const BASE = 0x10000;
const ENTRY_BYTES = 12;

/** Memory with one entry, of the function at [0x100, 0x200) behind some base. */
function memoryOfOne(): ProcessMemory {
  const mmu = new Mmu({ addressBits: 48, memoryBytes: 2 ** 24 });
  mmu.map(BASE, PAGE_BYTES, PROT_READ | PROT_WRITE);
  const memory = new ProcessMemory(mmu);
  [0x100, 0x200, 0x300].forEach((word, n) => {
    memory.setU32(BASE + n * 4, word);
  });
  return memory;
}

test('the entry of a function is found by its place behind the base of its table', () => {
  const memory = memoryOfOne();
  const tables = new DynamicTables();
  expect(tables.add(BASE, 1, 0x400000)).toBe(true);
  const entry = { imageBase: 0x400000, address: BASE, begin: 0x100, end: 0x200, unwind: 0x300 };
  expect(tables.find(memory, 0x400100)).toEqual(entry);
  expect(tables.find(memory, 0x4001ff)).toEqual(entry);
  expect(tables.find(memory, 0x4000ff)).toBe(null);
  expect(tables.find(memory, 0x400200)).toBe(null);
});

test('a table that grows is of its own code alone, and as long as it was told last', () => {
  const memory = memoryOfOne();
  const tables = new DynamicTables();
  const handle = tables.addGrowable(BASE - ENTRY_BYTES, 1, 0x400000, 0x400180);
  expect(tables.find(memory, 0x400100)).toBe(null);
  memory.mmu.faulted = false;
  tables.delete(handle);
  const other = tables.addGrowable(BASE, 0, 0x400000, 0x400180);
  expect(tables.find(memory, 0x400100)).toBe(null);
  tables.grow(other, 1);
  expect(tables.find(memory, 0x400100)).toMatchObject({ begin: 0x100 });
  expect(tables.find(memory, 0x400180)).toBe(null);
});

test('there are no more tables than 65,536, of all kinds together', () => {
  const tables = new DynamicTables();
  let count = 0;
  while (count < 1e6 && tables.add(BASE, 1, 0)) count++;
  expect(count).toBe(65_536);
  const callback = { id: 3, base: 0, callback: 0, context: 0 };
  expect(tables.addGrowable(BASE, 1, 0, 1)).toBe(0);
  expect(tables.addCallback(callback, 1)).toBe(false);
  expect(tables.delete(BASE)).toBe(true);
  expect(tables.addCallback(callback, 1)).toBe(true);
});
