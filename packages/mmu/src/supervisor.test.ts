import { expect, test } from 'vitest';
import { Mmu } from './mmu.ts';
import { Supervisor } from './supervisor.ts';

const PAGE = 4096;
const AT = 0x10000;
const RW = 3;

function space(memoryBytes = 1 << 20): Mmu {
  return new Mmu({ addressBits: 32, memoryBytes });
}

test('peeking at untouched pages takes no frames', () => {
  const mmu = space();
  mmu.map(AT, 8 * PAGE, RW);
  mmu.storeSlow(AT + PAGE, 1, 7);
  const bytes = new Supervisor(mmu).peek(AT, 8 * PAGE)!;
  expect(mmu.pool.inUse).toBe(1);
  expect([bytes.length, bytes.indexOf(7), bytes.lastIndexOf(7)]).toEqual([8 * PAGE, PAGE, PAGE]);
});

test('a poke goes through every protection, and stops at the limit of memory', () => {
  const mmu = space(2 * PAGE);
  const supervisor = new Supervisor(mmu);
  mmu.map(AT, 3 * PAGE, 0);
  expect(supervisor.poke(AT + PAGE - 1, Uint8Array.of(1, 2))).toBe(true);
  expect(supervisor.peek(AT + PAGE - 1, 2)).toEqual(Uint8Array.of(1, 2));
  expect(supervisor.poke(AT + 2 * PAGE, Uint8Array.of(1))).toBe(false);
  expect(supervisor.poke(AT - 1, Uint8Array.of(1))).toBe(false);
  expect([mmu.faulted, mmu.check()]).toEqual([false, []]);
});

test('words are loaded and stored as the guest would, and are no misses of the guest', () => {
  const mmu = space();
  const supervisor = new Supervisor(mmu);
  const seen: number[] = [];
  mmu.map(AT, 2 * PAGE, RW);
  mmu.mapDevice(2 * AT, PAGE, { load: (offset) => offset, store: (offset) => seen.push(offset) });
  supervisor.store(AT + PAGE - 3, 8, 0x89abcdef, 0x01234567);
  expect([supervisor.load(AT + PAGE - 3, 8), mmu.high]).toEqual([0x89abcdef, 0x01234567]);
  supervisor.store(2 * AT + 4, 4, 1);
  expect([supervisor.load(2 * AT + 8, 4), seen]).toEqual([8, [4]]);
  expect(mmu.tlb.counters.misses).toEqual({ read: 0, write: 0, execute: 0 });
  expect(mmu.faulted).toBe(false);
  supervisor.store(3 * AT, 1, 1);
  expect(mmu.fault).toMatchObject({ kind: 'not-present', access: 'write', address: 3 * AT });
});
