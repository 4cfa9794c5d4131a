import { expect, test } from 'vitest';
import { BufferHeapMemory } from '../heap-memory.ts';
import { PAGE_NONE, PAGE_READ } from '../page-source.ts';
import { MapSource } from './map-source.ts';
import { PageSpace } from './page-space.ts';
import { ProtectedMemory } from './protected-memory.ts';

const START = 0x1000;
const PAGE = 4096;

/** Four pages, the second of which cannot be accessed and the third not be written. */
function setUp() {
  const plain = new BufferHeapMemory(new ArrayBuffer(4 * PAGE));
  const space = new PageSpace(plain, START, 4 * PAGE);
  const { protection } = new MapSource(space);
  space.commit(START, 4 * PAGE);
  protection.protect(START + PAGE, PAGE, PAGE_NONE);
  protection.protect(START + 2 * PAGE, PAGE, PAGE_READ);
  return { plain, memory: new ProtectedMemory(plain, space) };
}

test('a range is refused as a whole where one page of it is, at its first bad byte', () => {
  const { plain, memory } = setUp();
  memory.fill(PAGE - 8, 9, 1);
  expect([memory.faults, memory.faultOffset, memory.faultIsWrite]).toEqual([1, PAGE, true]);
  expect(plain.load32(PAGE - 4)).toBe(0);
  memory.fill(PAGE - 8, 8, 1);
  expect([memory.faults, plain.load32(PAGE - 4)]).toEqual([1, 0x0101_0101]);
});

test('the first fault is kept until it is cleared, all are counted', () => {
  const { memory } = setUp();
  memory.load32(PAGE + 12);
  memory.store32(2 * PAGE, 1);
  memory.load32(2 * PAGE);
  expect([memory.faults, memory.faultOffset, memory.faultIsWrite]).toEqual([2, PAGE + 12, false]);
  memory.clearFaults();
  memory.store32(2 * PAGE + 4, 1);
  expect([memory.faults, memory.faultOffset, memory.faultIsWrite]).toEqual([1, 2 * PAGE + 4, true]);
});

test('a copy needs what it reads readable and what it writes writable', () => {
  const { plain, memory } = setUp();
  plain.store32(2 * PAGE, 42);
  memory.copy(0, 2 * PAGE, 4);
  expect([memory.faults, plain.load32(0)]).toEqual([0, 42]);
  memory.copy(2 * PAGE, 0, 4);
  memory.copy(0, PAGE, 4);
  expect([memory.faults, memory.faultOffset, plain.load32(0)]).toEqual([2, 2 * PAGE, 42]);
});

test('outside the space is no page', () => {
  const { memory } = setUp();
  expect(memory.load32(4 * PAGE)).toBe(0);
  expect(memory.faults).toBe(1);
});
