import { describe, expect, test } from 'vitest';
import { heapTable } from './heap-table.ts';
import type { HeapReport } from './report.ts';

const none = { allocations: 0, bytes: 0 };
const heap: HeapReport = {
  name: 'tlsf',
  allocations: 41,
  frees: 30,
  reallocations: 5,
  failures: 0,
  bytesTotal: 12_345,
  bytesPeak: 2048,
  blocksPeak: 12,
  bytesLive: 900,
  blocksLive: 11,
  residentBytes: 8192,
  overheadBytes: 3_300,
  phases: { loader: none, beforeMain: none, main: none, atExit: none },
};

describe('the table of a heap', () => {
  test('in full', () => {
    const text = heapTable({
      ...heap,
      failures: 1,
      largestFree: 3000,
      phases: {
        ...heap.phases,
        beforeMain: { allocations: 2, bytes: 1104 },
        atExit: { allocations: 1, bytes: 16 },
      },
      region: {
        start: 0x2000_0400,
        sizeBytes: 8192,
        source: '--heap-size',
        highWaterBytes: 5500,
        freeBytes: 4000,
        freeBlocks: 3,
        slackBytes: 100,
        stackPeakBytes: 640,
        stackLimitBytes: 4096,
        stackGapBytes: 3456,
      },
      worst: [{ function: 'malloc', ordinal: 17, cost: 432, unit: 'instructions' }],
    });
    expect(text).toBe(`heap: tlsf, 8,192 bytes at 0x20000400 (--heap-size)
  allocations            41 of 12,345 bytes in total
  frees                  30
  reallocations           5
  failed requests         1 got no memory
  before main             2 allocations of 1,104 bytes
  at exit                 1 allocation of 16 bytes
  peak                2,048 bytes; at most 12 blocks
  live at the end       900 bytes in 11 blocks
  overhead            3,300 bytes of headers and alignment
  high water          5,500 bytes of 8,192 (67.1 %)
  free                4,000 bytes in 3 blocks
  largest free block  3,000 bytes
  fragmentation             external 25.0 %, internal 10.0 %
  stack                 640 bytes at its deepest of 4,096 (3,456 above the heap at the closest)
  worst malloc          432 instructions (heap call 17)
`);
  });

  test('has no row for what is not known', () => {
    const text = heapTable(heap);
    expect(text).toMatch(/^heap: tlsf\n/);
    for (const label of ['overhead', 'largest free', 'fragmentation', 'stack', 'high water']) {
      expect(text).not.toContain(label);
    }
  });

  test('has no row for what came before a main that is not known', () => {
    const text = heapTable({ ...heap, isMainUnknown: true });
    expect(text).not.toContain('before main');
    expect(text).toContain('at exit');
  });

  test('has a row for what is known to be none', () => {
    const text = heapTable(heap);
    expect(text).toContain('  failed requests      0 got no memory\n');
    expect(text).toContain('  before main          0 allocations of 0 bytes\n');
  });

  test('paints what failed', () => {
    const text = heapTable({ ...heap, failures: 2 }, (role, part) =>
      role === 'bad' ? `!${part}!` : part,
    );
    expect(text).toContain('!    2 got no memory!');
  });
});
