import { Mmu, PAGE_BYTES } from '@bareheap/mmu';
import { describe, expect, test } from 'vitest';
import { MAP_FIXED, MAP_PRIVATE, MAP_SHARED, MS_SYNC } from './linux-constants.ts';
import type { FileTable, MappableFile } from './linux-files.ts';
import { makeAddressSpace } from './linux-memory.ts';
import { MemoryFileTable, memoryFile } from './memfd.ts';
import { MemoryObject } from './memory-object.ts';
import { mmap, munmap } from './mmap.ts';
import { mprotect } from './mprotect.ts';
import { msync } from './msync.ts';
import { signalOfFault } from './page-fault.ts';
import { checkSpace } from './space-check.ts';

const READ = 1;
const RW = 3;
const TOP = 0x7f0000000000;

/** A file of so many bytes, each the number of its page, that notes what is read and written. */
function disk(sizeBytes: number) {
  const mmu = new Mmu({ addressBits: 48, memoryBytes: 1 << 20 });
  const space = makeAddressSpace({ breakStart: 0x10000000, mmapBase: TOP, mmu });
  const reads: number[] = [];
  const writes: [number, number][] = [];
  const object = new MemoryObject(mmu.pool, {
    name: '/data',
    sizeBytes,
    contents: {
      readPage: (index, page) => {
        reads.push(index);
        page.fill(index + 1, 0, Math.min(PAGE_BYTES, sizeBytes - index * PAGE_BYTES));
      },
      writePage: (index, page) => writes.push([index, page[0]!]),
    },
  });
  const file: MappableFile = {
    object,
    readable: true,
    writable: true,
    appends: false,
    noExecute: false,
    tellsResidency: true,
  };
  const files: FileTable = new MemoryFileTable();
  const descriptor = files.open(file);
  return { mmu, space, reads, writes, object, files, descriptor };
}

describe('a file on a disk', () => {
  test('is read page by page when touched, once for all mappings', () => {
    const { mmu, space, reads, files, descriptor } = disk(3 * PAGE_BYTES);
    const a = mmap(space, files, 0, 3 * PAGE_BYTES, READ, MAP_SHARED, descriptor, 0);
    const b = mmap(space, files, 0, 3 * PAGE_BYTES, RW, MAP_PRIVATE, descriptor, 0);
    expect(reads).toEqual([]);
    expect(mmu.loadSlow(a + PAGE_BYTES, 1)).toBe(2);
    expect(mmu.loadSlow(b + PAGE_BYTES, 1)).toBe(2);
    mmu.storeSlow(b + 2 * PAGE_BYTES, 1, 9);
    expect(reads).toEqual([1, 2]);
    expect(mmu.loadSlow(a + 2 * PAGE_BYTES, 1)).toBe(3);
    expect(checkSpace(space)).toEqual([]);
  });

  test('gets back what shared mappings stored, at msync and when the last holder leaves', () => {
    const { mmu, space, writes, files, descriptor, object } = disk(2 * PAGE_BYTES);
    const a = mmap(space, files, 0, 2 * PAGE_BYTES, RW, MAP_SHARED, descriptor, 0);
    mmu.storeSlow(a, 1, 7);
    expect(mmu.loadSlow(a + PAGE_BYTES, 1)).toBe(2);
    expect(msync(space, a, 2 * PAGE_BYTES, MS_SYNC)).toBe(0);
    expect(writes).toEqual([[0, 7]]);
    mmu.storeSlow(a, 1, 8);
    (files as MemoryFileTable).close(descriptor);
    expect(munmap(space, a, 2 * PAGE_BYTES)).toBe(0);
    expect(writes).toEqual([
      [0, 7],
      [0, 8],
    ]);
    expect(object.residentPages).toBe(0);
    expect(mmu.pool.inUse).toBe(0);
  });

  test('is not written by private mappings', () => {
    const { mmu, space, writes, files, descriptor } = disk(PAGE_BYTES);
    const a = mmap(space, files, 0, PAGE_BYTES, RW, MAP_PRIVATE, descriptor, 0);
    mmu.storeSlow(a, 1, 7);
    munmap(space, a, PAGE_BYTES);
    (files as MemoryFileTable).close(descriptor);
    expect(writes).toEqual([]);
    expect(mmu.pool.inUse).toBe(0);
  });

  test('reads and writes see mappings, and mappings see them', () => {
    const { mmu, space, files, descriptor, object, writes } = disk(PAGE_BYTES + 10);
    const a = mmap(space, files, 0, 2 * PAGE_BYTES, RW, MAP_SHARED, descriptor, 0);
    mmu.storeSlow(a + 4095, 1, 77);
    expect([...object.read(4094, 100)]).toEqual([1, 77, ...new Array(10).fill(2)]);
    expect(object.write(PAGE_BYTES + 5, new Uint8Array([5, 6]))).toBe(2);
    expect(mmu.loadSlow(a + PAGE_BYTES + 6, 1)).toBe(6);
    expect(object.sizeBytes).toBe(PAGE_BYTES + 10);
    object.writeBack();
    expect(writes.map(([index]) => index).sort()).toEqual([0, 1]);
  });

  test('that shrinks takes its pages from every mapping', () => {
    const { mmu, space, files, descriptor, object } = disk(3 * PAGE_BYTES);
    const a = mmap(space, files, 0, 3 * PAGE_BYTES, RW, MAP_PRIVATE, descriptor, 0);
    mmap(space, files, a + PAGE_BYTES, PAGE_BYTES, READ, MAP_SHARED | MAP_FIXED, descriptor, 4096);
    mmu.storeSlow(a + 2 * PAGE_BYTES, 1, 7);
    expect(mmu.loadSlow(a + PAGE_BYTES, 1)).toBe(2);
    object.resize(PAGE_BYTES);
    mmu.loadSlow(a + PAGE_BYTES, 1);
    expect(mmu.faulted).toBe(true);
    expect(signalOfFault(space)).toMatchObject({ signal: 7, code: 2, address: a + PAGE_BYTES });
    mmu.faulted = false;
    mmu.loadSlow(a + 2 * PAGE_BYTES, 1);
    expect(mmu.faulted).toBe(true);
    mmu.faulted = false;
    expect(checkSpace(space)).toEqual([]);
  });
});

describe('a sealed file', () => {
  const EPERM = 1;
  const EACCES = 13;
  const [WRITE, FUTURE_WRITE] = [8, 16];

  function sealed(seals: number) {
    const mmu = new Mmu({ addressBits: 48, memoryBytes: 1 << 20 });
    const space = makeAddressSpace({ breakStart: 0x10000000, mmapBase: TOP, mmu });
    const file = { ...memoryFile(space, 'sealed'), seals };
    file.object!.resize(PAGE_BYTES);
    const files = new MemoryFileTable();
    const descriptor = files.open(file);
    const map = (protection: number, flags: number): number =>
      mmap(space, files, 0, PAGE_BYTES, protection, flags, descriptor, 0);
    return { space, file, map };
  }

  test.each([WRITE, FUTURE_WRITE])(
    'with seal %i is not mapped for writing, now or later',
    (seal) => {
      const { space, file, map } = sealed(seal);
      expect(map(RW, MAP_SHARED)).toBe(-EPERM);
      const shared = map(READ, MAP_SHARED);
      expect(mprotect(space, shared, PAGE_BYTES, RW)).toBe(-EACCES);
      expect(file.object!.isMappedForWriting).toBe(false);
      expect(map(RW, MAP_PRIVATE)).toBeGreaterThan(0);
    },
  );

  test('tells of shared mappings that may be written once', () => {
    const { space, file, map } = sealed(0);
    map(RW, MAP_PRIVATE);
    expect(file.object!.isMappedForWriting).toBe(false);
    const shared = map(READ, MAP_SHARED);
    expect(file.object!.isMappedForWriting).toBe(true);
    munmap(space, shared, PAGE_BYTES);
    expect(file.object!.isMappedForWriting).toBe(false);
  });
});
