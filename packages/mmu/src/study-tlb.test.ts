import { expect, test } from 'vitest';
import { Mmu } from './mmu.ts';
import { type Replacement, StudyTlb } from './study-tlb.ts';

function missesOf(pages: number[], ways: number, replacement: Replacement): number {
  const tlb = new StudyTlb({ entries: 4, ways, replacement });
  for (const page of pages) tlb.access(page);
  return tlb.misses;
}

test('the sequence of the textbooks: three policies, four entries', () => {
  // 1 2 3 4 1 2 5 1 2 3 4 5: FIFO has 10 misses (Belady), LRU 8.
  const sequence = [1, 2, 3, 4, 1, 2, 5, 1, 2, 3, 4, 5];
  expect(missesOf(sequence, 4, 'fifo')).toBe(10);
  expect(missesOf(sequence, 4, 'lru')).toBe(8);
  expect(missesOf([0, 4, 0, 4, 0, 4], 1, 'lru')).toBe(6);
  expect(missesOf([0, 4, 0, 4, 0, 4], 2, 'lru')).toBe(2);
});

test('attached to an MMU it sees every access and every change of a mapping', () => {
  const study = new StudyTlb({ entries: 2, ways: 2, replacement: 'lru' });
  const mmu = new Mmu({ addressBits: 32, memoryBytes: 1 << 20, study });
  mmu.map(0x1000, 0x3000, 3);
  for (let n = 0; n < 10; n++) mmu.storeSlow(0x1000 + n * 4, 4, n);
  expect([study.hits, study.misses]).toEqual([9, 1]);
  mmu.protect(0x1000, 0x1000, 1);
  mmu.loadSlow(0x1000, 4);
  expect(study.misses).toBe(2);
  expect(mmu.tlb.valid()).toEqual([]);
});
