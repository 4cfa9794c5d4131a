import { Random } from '@bareheap/conformance';
import { expect, test } from 'vitest';
import { BlockTable } from './block-table.ts';

test('random programs: it is a map', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const random = new Random(seed);
    const table = new BlockTable(4);
    const map = new Map<number, number>();
    const far = random.oneIn(2) ? 2 ** 40 : 0;
    for (let step = 0; step < 2000; step++) {
      const address = far + 8 * random.between(1, 300);
      if (random.oneIn(2)) {
        table.set(address, step);
        map.set(address, step);
      } else {
        const [removed, expected] = [table.remove(address), map.get(address) ?? -1];
        if (removed !== expected) throw new Error(`seed ${seed}, step ${step}: ${removed}`);
        map.delete(address);
      }
      const other = far + 8 * random.between(0, 300);
      const [found, expected] = [table.get(other), map.get(other) ?? -1];
      if (found !== expected) throw new Error(`seed ${seed}, step ${step}: ${found}`);
    }
    expect(table.size).toBe(map.size);
  }
});

test('no block is at address 0', () => {
  const table = new BlockTable();
  expect([table.get(0), table.remove(0)]).toEqual([-1, -1]);
});
