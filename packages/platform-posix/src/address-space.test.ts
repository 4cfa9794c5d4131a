import { Mmu } from '@bareheap/mmu';
import { describe, expect, test } from 'vitest';
import { brk } from './brk.ts';
import { errorName } from './errno.ts';
import { type KernelProfile, LINUX_6_18, linuxProfile } from './kernel-profile.ts';
import { MAP_ANONYMOUS, MAP_FIXED, MAP_PRIVATE, MAP_SHARED } from './linux-constants.ts';
import { NO_FILES } from './linux-files.ts';
import { forkAddressSpace, makeAddressSpace } from './linux-memory.ts';
import { madvise } from './madvise.ts';
import { mmap, munmap } from './mmap.ts';
import { mprotect } from './mprotect.ts';
import { mremap } from './mremap.ts';
import { signalOfFault } from './page-fault.ts';
import { checkSpace } from './space-check.ts';

const BREAK = 0x10000000;
const TOP = 0x7f0000000000;
const PAGE = 4096;
const READ = 1;
const RW = 3;
const ANONYMOUS = MAP_PRIVATE | MAP_ANONYMOUS;

function space(profile: Partial<KernelProfile> = {}) {
  return makeAddressSpace({
    breakStart: BREAK,
    mmapBase: TOP,
    profile: { ...LINUX_6_18, ...profile },
    mmu: new Mmu({ addressBits: 48, memoryBytes: 4 << 20 }),
  });
}

function map(of: ReturnType<typeof space>, pages: number, prot: number = RW, flags = 0): number {
  return mmap(of, NO_FILES, 0, pages * PAGE, prot, ANONYMOUS | flags, -1, 0);
}

describe('vm.max_map_count', () => {
  test('the call that finds more than it is refused', () => {
    const one = space({ maxMapCount: 4 });
    for (let count = 0; count < 5; count++)
      expect(map(one, 1, count % 2 ? RW : READ)).toBeGreaterThan(0);
    expect(errorName(map(one, 1))).toBe('ENOMEM');
    expect(one.vmas.size).toBe(5);
  });

  test('a hole in the middle of a VMA and a protection of its own are refused', () => {
    const one = space({ maxMapCount: 1 });
    const a = map(one, 5);
    expect(errorName(munmap(one, a + PAGE, PAGE))).toBe('ENOMEM');
    expect(errorName(mprotect(one, a + PAGE, PAGE, READ))).toBe('ENOMEM');
    expect(munmap(one, a, PAGE)).toBe(0);
    expect(one.vmas.size).toBe(1);
    expect(checkSpace(one)).toEqual([]);
  });

  test('a move needs room for four more', () => {
    const one = space({ maxMapCount: 6 });
    const a = map(one, 2);
    map(one, 1, READ);
    expect(errorName(mremap(one, a, PAGE, PAGE, 3, TOP - 100 * PAGE))).toBe('ENOMEM');
    const roomy = space({ maxMapCount: 20 });
    const b = map(roomy, 2);
    expect(mremap(roomy, b, PAGE, PAGE, 3, TOP - 100 * PAGE)).toBe(TOP - 100 * PAGE);
  });
});

describe('vm.overcommit_memory', () => {
  test('1 refuses nothing', () => {
    const one = space({ overcommit: 1, memoryBytes: 1 << 20 });
    expect(map(one, 1 << 20)).toBeGreaterThan(0);
  });

  test('2 counts all that is promised', () => {
    const limits = { adminReserveBytes: 0, userReserveBytes: 0, overcommitRatio: 100 };
    const one = space({ overcommit: 2, memoryBytes: 100 * PAGE, ...limits });
    expect(map(one, 60)).toBeGreaterThan(0);
    expect(errorName(map(one, 60))).toBe('ENOMEM');
    expect(errorName(map(one, 60, RW, 0x4000))).toBe('ENOMEM');
    expect(map(one, 60, READ)).toBeGreaterThan(0);
    expect(brk(one, BREAK + 60 * PAGE)).toBe(BREAK);
    expect(map(one, 30)).toBeGreaterThan(0);
    expect(one.committedPages).toBe(90);
  });
});

describe('versions', () => {
  test('a release has what came with it and before', () => {
    expect(linuxProfile('6.18.44-generic')).toEqual({ ...LINUX_6_18, release: '6.18.44-generic' });
    const old = linuxProfile('6.1.0-22-amd64');
    expect(old.movesSeveralVmas || old.hasSealing || old.alignsHugePages).toBe(false);
    expect(linuxProfile('6.12').hasSealing).toBe(true);
    expect(linuxProfile('6.12').hasGuardRegions).toBe(false);
  });

  test('before 6.17 a move of several VMAs is EFAULT', () => {
    const one = space({ movesSeveralVmas: false });
    const a = map(one, 4);
    mprotect(one, a, PAGE, READ);
    const target = TOP - 100 * PAGE;
    expect(errorName(mremap(one, a, 4 * PAGE, 4 * PAGE, 3, target))).toBe('EFAULT');
    expect(mremap(one, a, PAGE, PAGE, 3, target)).toBe(target);
  });

  test('before 6.7 large mappings are not aligned, before 6.13 there are no guard pages', () => {
    const one = space({ alignsHugePages: false, hasGuardRegions: false });
    map(one, 1);
    const a = map(one, 512);
    expect(a).toBe(TOP - 513 * PAGE);
    expect(errorName(madvise(one, a, PAGE, 102))).toBe('EINVAL');
    expect(errorName(madvise(one, a, PAGE, 103))).toBe('EINVAL');
  });
});

describe('the end of the machine’s memory', () => {
  test('is a bus error of the access, and nothing else is lost', () => {
    const one = space();
    const a = map(one, 2000);
    let page = 0;
    for (; page < 2000 && !one.mmu.faulted; page++) one.mmu.storeSlow(a + page * PAGE, 1, 1);
    expect(page).toBeGreaterThan(1000);
    expect(page).toBeLessThan(1100);
    expect(signalOfFault(one)).toMatchObject({
      signal: 7,
      code: 2,
      address: a + (page - 1) * PAGE,
    });
    one.mmu.faulted = false;
    expect(munmap(one, a, 10 * PAGE)).toBe(0);
    one.mmu.storeSlow(a + (page - 1) * PAGE, 1, 1);
    expect(one.mmu.faulted).toBe(false);
    expect(checkSpace(one)).toEqual([]);
  });

  test('reading without end costs no more than the machine has', () => {
    const one = space({ memoryBytes: 2 ** 46 });
    const a = map(one, 2 ** 20);
    let most = 0;
    for (let page = 0; page < 90_000; page++) {
      expect(one.mmu.loadSlow(a + page * PAGE, 1)).toBe(0);
      most = Math.max(most, one.mmu.pages);
    }
    expect(most).toBeGreaterThan(1024);
    expect(most).toBeLessThan(70_000);
    for (let page = 0; page < 9000; page += 2) one.mmu.loadSlow(a + 2 ** 30 + page * PAGE, 1);
    expect(one.mmu.vmas.size).toBeLessThan(3100);
    expect(madvise(one, a, 2 ** 32, 22)).toBe(0);
    expect(one.mmu.pool.inUse).toBe(1);
    expect(madvise(one, a, 2 ** 32, 102)).toBe(0);
    expect(one.mmu.vmas.size).toBe(0);
    expect(checkSpace(one)).toEqual([]);
  });

  test('huge requests cost nothing before they are touched', () => {
    const one = space({ memoryBytes: 2 ** 46 });
    const a = map(one, 2 ** 33);
    expect(a).toBeGreaterThan(0);
    expect(madvise(one, a, 2 ** 45, 4)).toBe(0);
    expect(mprotect(one, a, 2 ** 45, READ)).toBe(0);
    expect(one.mmu.pages).toBe(0);
  });
});

describe('frames', () => {
  test('are given back by munmap, by the last mapping of shared memory, and by a child', () => {
    const one = space();
    const { pool } = one.mmu;
    const a = map(one, 4);
    const shared = mmap(one, NO_FILES, 0, 4 * PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    for (let page = 0; page < 4; page++) {
      one.mmu.storeSlow(a + page * PAGE, 4, page);
      one.mmu.storeSlow(shared + page * PAGE, 4, page);
    }
    expect(pool.inUse).toBe(8);
    const child = forkAddressSpace(one);
    child.mmu.storeSlow(a, 4, 77);
    child.mmu.storeSlow(shared, 4, 77);
    expect(pool.inUse).toBe(9);
    expect(one.mmu.loadSlow(a, 4)).toBe(0);
    expect(one.mmu.loadSlow(shared, 4)).toBe(77);
    expect([...checkSpace(one), ...checkSpace(child)]).toEqual([]);
    munmap(one, shared, 4 * PAGE);
    expect(pool.inUse).toBe(9);
    child.dispose();
    expect(pool.inUse).toBe(4);
    munmap(one, a, 4 * PAGE);
    expect(pool.inUse).toBe(0);
  });

  test('a mapping that is replaced gives its frames back', () => {
    const one = space();
    const a = map(one, 4);
    for (let page = 0; page < 4; page++) one.mmu.storeSlow(a + page * PAGE, 1, 1);
    mmap(one, NO_FILES, a, 2 * PAGE, RW, ANONYMOUS | MAP_FIXED, -1, 0);
    expect(one.mmu.pool.inUse).toBe(2);
  });
});
