import { Mmu } from '@bareheap/mmu';
import { expect, test } from 'vitest';
import { brk } from './brk.ts';
import { MAP_ANONYMOUS, MAP_PRIVATE, MAP_SHARED } from './linux-constants.ts';
import { NO_FILES } from './linux-files.ts';
import { makeAddressSpace } from './linux-memory.ts';
import { MemoryObject } from './memory-object.ts';
import { mlock } from './mlock.ts';
import { mmap } from './mmap.ts';
import { mapsText } from './process-maps.ts';
import { smapsRollupText, smapsText, statmText } from './smaps.ts';

const RX = 5;
const RW = 3;

function space() {
  const mmu = new Mmu({ addressBits: 48, memoryBytes: 16 << 20 });
  const object = new MemoryObject(mmu.pool, {
    name: '/usr/bin/cat',
    inode: 260131,
    device: 'fe:00',
    sizeBytes: 0x9000,
  });
  const one = makeAddressSpace({
    breakStart: 0x3a20b000,
    mmapBase: 0x7f00cb387000,
    stackStart: 0x7ffc92289000,
    mmu,
  });
  one.install(0x401000, 0x403000, RX, { object, pageOffset: 2 });
  one.installStack(0x7ffc9226a000, 0x7ffc9228b000);
  return one;
}

/** Lines that a 6.18 kernel printed, addresses aside. */
const MAPS = `00401000-00403000 r-xp 00002000 fe:00 260131                             /usr/bin/cat
3a20b000-3a22d000 rw-p 00000000 00:00 0                                  [heap]
7f00cb384000-7f00cb386000 rw-s 00000000 00:01 0                          /dev/zero (deleted)
7f00cb386000-7f00cb387000 rw-p 00000000 00:00 0 
7ffc9226a000-7ffc9228b000 rw-p 00000000 00:00 0                          [stack]
`;

test('maps, to the column', () => {
  const one = space();
  brk(one, 0x3a22d000);
  mmap(one, NO_FILES, 0, 4096, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  mmap(one, NO_FILES, 0, 8192, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  expect(mapsText(one)).toBe(MAPS);
});

test('statm and smaps count what was touched', () => {
  const one = space();
  brk(one, 0x3a22d000);
  for (let page = 0; page < 3; page++) one.mmu.storeSlow(0x3a20b000 + page * 4096, 1, 1);
  one.mmu.loadSlow(0x3a20f000, 4);
  one.mmu.fetchSlow(0x401000, 4);
  mlock(one, 0x3a20b000, 8192);
  expect(statmText(one)).toBe('69 4 1 2 0 67 0\n');
  const rollup = smapsRollupText(one).split('\n');
  expect(rollup[0]).toBe(
    '00401000-7ffc9228b000 ---p 00000000 00:00 0                              [rollup]',
  );
  expect(rollup).toContain('Rss:                  16 kB');
  expect(rollup).toContain('Anonymous:            12 kB');
  expect(rollup).toContain('Private_Clean:         4 kB');
  expect(rollup).toContain('Locked:                8 kB');
  const heap = smapsText(one).split('\n').slice(25, 50);
  expect(heap[0]).toBe(
    '3a20b000-3a20d000 rw-p 00000000 00:00 0                                  [heap]',
  );
  expect(heap[1]).toBe('Size:                  8 kB');
  expect(heap.at(-1)).toBe('VmFlags: rd wr mr mw me lo ac ');
});
