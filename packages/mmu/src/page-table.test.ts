import { Random } from '@bareheap/conformance';
import { expect, test } from 'vitest';
import { Mmu } from './mmu.ts';
import { PageTable } from './page-table.ts';

const SEED = Number(process.env['BAREHEAP_SEED'] ?? 1);

test('the page table gives back what it needed for pages that are gone', () => {
  const mmu = new Mmu({ addressBits: 48, memoryBytes: 1 << 20 });
  const before = process.memoryUsage().arrayBuffers;
  for (let n = 0; n < 20_000; n++) {
    mmu.map(n * 2 ** 21, 4096, 3);
    mmu.storeSlow(n * 2 ** 21, 4, 1);
    mmu.unmap(n * 2 ** 21, 4096);
  }
  expect(mmu.pages).toBe(0);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 << 20);
});

test.each([32, 48] as const)('a table of %i bits is what a map is', (addressBits) => {
  const random = new Random(SEED);
  const table = new PageTable(addressBits);
  const model = new Map<number, number>();
  const pages = 2 ** (addressBits - 12);
  // A few leaves, near each other and far apart, so that they fill and empty.
  const bases = [0, 1020, 2 ** 18 - 2, pages / 2, pages - 8];
  for (let step = 0; step < 20_000; step++) {
    const vpn = (random.pick(bases) + random.below(8)) % pages;
    const pte = random.oneIn(2) ? 0 : random.next() | 1 | 0;
    table.set(vpn, pte);
    if (pte === 0) model.delete(vpn);
    else model.set(vpn, pte);
    const asked = (random.pick(bases) + random.below(8)) % pages;
    expect(table.get(asked), `step ${step}, BAREHEAP_SEED=${SEED}`).toBe(model.get(asked) ?? 0);
    if (step % 500 !== 0) continue;
    const seen: [number, number][] = [];
    table.forEach(5, pages - 3, (at, value) => seen.push([at, value]));
    const wanted = [...model]
      .filter(([at]) => at >= 5 && at < pages - 3)
      .sort((a, b) => a[0] - b[0]);
    expect(seen).toEqual(wanted);
    const leafPages = addressBits === 32 ? 1024 : 512;
    const leaves = new Set([...model.keys()].map((at) => Math.floor(at / leafPages)));
    expect([table.leaves, table.bytes]).toEqual([leaves.size, leaves.size * leafPages * 4]);
  }
  table.forEach(0, pages, (vpn) => table.set(vpn, 0));
  expect(table.leaves).toBe(0);
});
