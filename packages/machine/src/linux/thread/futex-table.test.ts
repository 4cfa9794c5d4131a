import { expect, test } from 'vitest';
import { ALL_BITS, type FutexKey, FutexTable, type FutexWaiter } from './futex-table.ts';

const OWNER = {};
const key = (offset: number, owner: object = OWNER): FutexKey => ({ owner, offset });

function wait(table: FutexTable, id: number, at: FutexKey, bits = ALL_BITS): FutexWaiter {
  const waiter = { thread: { id, wake: () => {} }, bits, key: at, isWoken: false };
  table.add(waiter);
  return waiter;
}

test('those who wait longest are woken first, and only on their word', () => {
  const table = new FutexTable();
  const waiters = [1, 2, 3].map((id) => wait(table, id, key(8)));
  const other = wait(table, 4, key(8, {}));
  expect(table.wake(key(8), 2)).toBe(2);
  expect(waiters.map(({ isWoken }) => isWoken)).toEqual([true, true, false]);
  expect(other.isWoken).toBe(false);
  expect(table.wake(key(8), 9)).toBe(1);
  expect(table.wake(key(8), 9)).toBe(0);
});

test('bits in common wake', () => {
  const table = new FutexTable();
  const waiters = [1, 2, 3].map((bits) => wait(table, bits, key(0), bits));
  expect(table.wake(key(0), 9, 4)).toBe(0);
  expect(table.wake(key(0), 9, 2)).toBe(2);
  expect(waiters.map(({ isWoken }) => isWoken)).toEqual([false, true, true]);
});

test('requeued waiters wait elsewhere, and are removed from there', () => {
  const table = new FutexTable();
  const [first, second] = [wait(table, 1, key(0)), wait(table, 2, key(0))];
  expect(table.requeue(key(0), key(4), 1)).toBe(1);
  expect(table.waiters(key(4))).toEqual([first]);
  expect(table.waiters(key(0))).toEqual([second]);
  table.remove(first);
  expect(table.wake(key(4), 1)).toBe(0);
});
