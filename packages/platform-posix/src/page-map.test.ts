import { Mmu, PAGE_BYTES } from '@bareheap/mmu';
import { expect, test } from 'vitest';
import { MAP_ANONYMOUS, MAP_PRIVATE, MAP_SHARED } from './linux-constants.ts';
import { NO_FILES } from './linux-files.ts';
import { forkAddressSpace, makeAddressSpace } from './linux-memory.ts';
import { madvise } from './madvise.ts';
import { mmap } from './mmap.ts';
import { pageMapWords } from './page-map.ts';

const RW = 3;
const MADV_GUARD_INSTALL = 102;

/** The upper halves of the words from an address on; what Linux 6.18 gave is in the tests. */
function upper(space: Parameters<typeof pageMapWords>[0], address: number, count: number) {
  const words = new DataView(pageMapWords(space, address / PAGE_BYTES, count).buffer);
  return Array.from({ length: count }, (_, page) => {
    expect(words.getUint32(page * 8, true)).toBe(0);
    return words.getUint32(page * 8 + 4, true).toString(16);
  });
}

function anonymous(flags: number) {
  const mmu = new Mmu({ addressBits: 48, memoryBytes: 1 << 20 });
  const space = makeAddressSpace({ breakStart: 0x10000000, mmapBase: 0x7f0000000000, mmu });
  const start = mmap(space, NO_FILES, 0, 4 * PAGE_BYTES, RW, flags | MAP_ANONYMOUS, -1, 0);
  mmu.storeSlow(start, 1, 1);
  mmu.loadSlow(start + PAGE_BYTES, 1);
  return { mmu, space, start };
}

test('pages that were written, read, not touched, guarded and not mapped', () => {
  const { space, start } = anonymous(MAP_PRIVATE);
  madvise(space, start + 3 * PAGE_BYTES, PAGE_BYTES, MADV_GUARD_INSTALL);
  expect(upper(space, start, 5)).toEqual(['81000000', '80000000', '0', '44000000', '0']);
});

test('shared memory is of an object', () => {
  const { space, start } = anonymous(MAP_SHARED);
  expect(upper(space, start, 3)).toEqual(['a1000000', 'a1000000', '0']);
});

test('after a fork a page is exclusive when one of the two has written it', () => {
  const { mmu, space, start } = anonymous(MAP_PRIVATE);
  const child = forkAddressSpace(space);
  expect(upper(child, start, 1)).toEqual(['80000000']);
  mmu.activate();
  mmu.storeSlow(start, 1, 2);
  expect(upper(space, start, 1)).toEqual(['81000000']);
  expect(upper(child, start, 1)).toEqual(['81000000']);
});
