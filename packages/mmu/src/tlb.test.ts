import { describe, expect, test } from 'vitest';
import { FramePool } from './frame-pool.ts';
import { Mmu } from './mmu.ts';
import { StudyTlb } from './study-tlb.ts';
import { Tlb } from './tlb.ts';

const PAGE = 4096;
const AT = 0x10000;
const ALL = 7;
/** Entries, and with them the distance of pages that share one. */
const ENTRIES = 4;

describe.each([32, 48] as const)('the TLB of a space of %i bits', (addressBits) => {
  const make = (study?: StudyTlb) => {
    const tlb = { entries: ENTRIES };
    const options = { addressBits, memoryBytes: 1 << 20, tlb };
    const mmu = new Mmu(study === undefined ? options : { ...options, study });
    mmu.map(AT, 16 * PAGE, ALL);
    return mmu;
  };

  test('counts misses and evictions by kind of access', () => {
    const mmu = make();
    for (let page = 0; page < ENTRIES; page++) mmu.storeSlow(AT + page * PAGE, 4, 1);
    mmu.loadSlow(AT + ENTRIES * PAGE, 4);
    mmu.fetchSlow(AT + (ENTRIES + 1) * PAGE, 4);
    mmu.fetchSlow(AT + (2 * ENTRIES + 1) * PAGE, 4);
    const { misses, evicted, evictions, fills } = mmu.tlb.counters;
    expect(misses).toEqual({ read: 1, write: ENTRIES, execute: 2 });
    // The two written pages lost all three tags, the fetched one its read and execute tags.
    expect(evicted).toEqual({ read: 3, write: 2, execute: 3 });
    expect([evictions, fills]).toEqual([3, ENTRIES + 3]);
    const figures = mmu.tlb.figures({ read: 100, write: ENTRIES, execute: 50 });
    expect(figures).toEqual({
      read: { hits: 99, misses: 1, evictions: 3 },
      write: { hits: 0, misses: ENTRIES, evictions: 2 },
      execute: { hits: 48, misses: 2, evictions: 3 },
    });
  });

  test('hits for what the page allows, and forgets a page when its PTE changes', () => {
    const mmu = make();
    const high = Math.floor(AT / 2 ** 32);
    expect(mmu.tlb.readOffset(AT, high)).toBe(-1);
    mmu.loadSlow(AT, 4);
    const host = mmu.tlb.readOffset(AT + 12, high);
    expect(host).toBe(mmu.peekOffset(AT) + 12);
    expect(mmu.tlb.writeOffset(AT, high)).toBe(-1);
    mmu.storeSlow(AT, 4, 9);
    expect(mmu.tlb.writeOffset(AT + 12, high)).toBe(host);
    mmu.protect(AT, PAGE, 1);
    expect([mmu.tlb.readOffset(AT, high), mmu.tlb.writeOffset(AT, high)]).toEqual([-1, -1]);
  });

  test('is told apart by the upper half of the address', () => {
    if (addressBits === 32) return;
    const mmu = make();
    mmu.map(2 ** 32 + AT, PAGE, ALL);
    mmu.storeSlow(AT, 4, 1);
    expect([mmu.tlb.readOffset(AT, 0) >= 0, mmu.tlb.readOffset(AT, 1)]).toEqual([true, -1]);
    mmu.storeSlow(2 ** 32 + AT, 4, 2);
    expect([mmu.tlb.readOffset(AT, 0), mmu.tlb.readOffset(AT, 1) >= 0]).toEqual([-1, true]);
  });

  test('under study, hits too are counted by kind', () => {
    const study = new StudyTlb({ entries: 2, ways: 1, replacement: 'fifo' });
    const mmu = make(study);
    for (let n = 0; n < 10; n++) mmu.loadSlow(AT + n * 4, 4);
    for (let n = 0; n < 6; n++) mmu.storeSlow(AT + (n % 3) * 2 * PAGE, 4, n);
    mmu.fetchSlow(AT + PAGE, 2);
    expect(study.counts.read).toEqual({ hits: 9, misses: 1, evictions: 0 });
    expect(study.counts.execute).toEqual({ hits: 0, misses: 1, evictions: 0 });
    const { hits, misses, evictions } = study.counts.write;
    expect([hits + misses, hits + 9, misses + 2, evictions]).toEqual([
      6,
      study.hits,
      study.misses,
      study.evictions,
    ]);
  });
});

// Generated code judges an access that reaches into the next page by the entry of its first page
// alone: were that the next page's too, it would hit, before the start of that page's frame. In a
// 32-bit space it looks at the crossing itself, as the pages at multiples of 1 GiB do share one.
test.each([[48, 256, 2 ** 34]] as const)(
  'pages side by side share no entry: %i bits, %i entries',
  (addressBits, entries, end) => {
    const pool = new FramePool(PAGE);
    const tlb = new Tlb(pool, addressBits, entries);
    for (let next = 2 ** 20; next < end; next += 2 ** 20) {
      tlb.fill(next - PAGE, pool.offset(0), true, true, true);
      tlb.fill(next, pool.offset(0), true, true, true);
      const hits = [tlb.readOffset((next - PAGE) | 0, Math.floor((next - PAGE) / 2 ** 32)) >= 0];
      hits.push(tlb.readOffset(next | 0, Math.floor(next / 2 ** 32)) >= 0);
      expect(hits, `the pages at the edge 0x${next.toString(16)}`).toEqual([true, true]);
    }
  },
);
