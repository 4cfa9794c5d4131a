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
