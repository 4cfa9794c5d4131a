import { Random } from '@bareheap/conformance';
import { describe, expect, test } from 'vitest';
import type { Device } from './device.ts';
import { Mmu } from './mmu.ts';
import { PROT_EXECUTE, PROT_READ, PROT_WRITE } from './pte.ts';
import { Supervisor } from './supervisor.ts';

const PAGE = 4096;
const BASES = { 32: 0xfff00000, 48: 0x7fff00000000 } as const;
const RW = PROT_READ | PROT_WRITE;

describe.each([32, 48] as const)('a space of %i bits', (addressBits) => {
  const base = BASES[addressBits];
  const make = (memoryBytes = 1 << 20) => new Mmu({ addressBits, memoryBytes });

  test('memory is zero on first touch and keeps what is stored', () => {
    const mmu = make();
    mmu.map(base, 4 * PAGE, RW);
    expect(mmu.pages).toBe(0);
    expect(mmu.loadSlow(base + 8, 4)).toBe(0);
    mmu.storeSlow(base + 8, 4, 0x89abcdef);
    expect(mmu.loadSlow(base + 8, 4)).toBe(0x89abcdef);
    expect(mmu.loadSlow(base + 9, 2)).toBe(0xabcd);
    expect(mmu.loadSlow(base + 11, 1)).toBe(0x89);
    expect(mmu.pages).toBe(1);
    expect(mmu.faulted).toBe(false);
  });

  test('faults are values that say what, where and how', () => {
    const mmu = make();
    mmu.map(base, PAGE, PROT_READ);
    mmu.storeSlow(base + 12, 2, 1);
    expect(mmu.faulted).toBe(true);
    expect(mmu.fault).toMatchObject({
      kind: 'protection',
      access: 'write',
      address: base + 12,
      size: 2,
    });
    mmu.faulted = false;
    mmu.loadSlow(base + PAGE, 1);
    expect(mmu.fault).toMatchObject({ kind: 'not-present', access: 'read', address: base + PAGE });
    mmu.faulted = false;
    mmu.fetchSlow(base, 4);
    expect(mmu.fault).toMatchObject({ kind: 'protection', access: 'execute' });
    mmu.faulted = false;
    mmu.loadSlow(2 ** addressBits, 4);
    expect(mmu.fault.kind).toBe('non-canonical');
  });

  test('an access across pages is done whole or not at all', () => {
    const mmu = make();
    mmu.map(base, 2 * PAGE, RW);
    mmu.storeSlow(base + PAGE - 2, 4, 0x11223344);
    expect(mmu.loadSlow(base + PAGE - 2, 4)).toBe(0x11223344);
    expect(mmu.loadSlow(base + PAGE, 2)).toBe(0x1122);
    mmu.protect(base + PAGE, PAGE, PROT_READ);
    mmu.storeSlow(base + PAGE - 2, 4, 0xffffffff);
    expect(mmu.fault).toMatchObject({ kind: 'protection', address: base + PAGE });
    mmu.faulted = false;
    expect(mmu.loadSlow(base + PAGE - 2, 4)).toBe(0x11223344);
  });

  test('a guard page faults once', () => {
    const mmu = make();
    mmu.map(base, PAGE, RW, { guard: true });
    mmu.storeSlow(base, 4, 1);
    expect(mmu.fault.kind).toBe('guard');
    mmu.faulted = false;
    mmu.storeSlow(base, 4, 1);
    expect(mmu.faulted).toBe(false);
  });

  test('a fork shares frames until one side writes', () => {
    const mmu = make();
    mmu.map(base, 4 * PAGE, RW);
    for (let page = 0; page < 4; page++) mmu.storeSlow(base + page * PAGE, 4, 100 + page);
    const frames = mmu.pool.inUse;
    const child = mmu.fork();
    expect(mmu.pool.inUse).toBe(frames);
    child.storeSlow(base, 4, 7);
    expect(mmu.pool.inUse).toBe(frames + 1);
    expect([mmu.loadSlow(base, 4), child.loadSlow(base, 4)]).toEqual([100, 7]);
    mmu.storeSlow(base + PAGE, 4, 8);
    expect([mmu.loadSlow(base + PAGE, 4), child.loadSlow(base + PAGE, 4)]).toEqual([8, 101]);
    mmu.unmap(base, 4 * PAGE);
    expect(mmu.pool.inUse).toBe(4);
    child.storeSlow(base + 2 * PAGE, 4, 9);
    expect(mmu.pool.inUse).toBe(4);
  });

  test('the platform may mend a fault, and the access goes on', () => {
    const mmu = make();
    mmu.onFault = (fault) => {
      mmu.map(Math.floor(fault.address / PAGE) * PAGE, PAGE, RW);
      return 'retry';
    };
    mmu.storeSlow(base + 100, 4, 5);
    expect(mmu.faulted).toBe(false);
    expect(mmu.loadSlow(base + 100, 4)).toBe(5);
  });

  test('the limit of memory is a fault, not a crash', () => {
    const mmu = make(8 * PAGE);
    mmu.map(base, 16 * PAGE, RW);
    for (let page = 0; page < 8; page++) mmu.storeSlow(base + page * PAGE, 4, 1);
    expect(mmu.faulted).toBe(false);
    mmu.storeSlow(base + 8 * PAGE, 4, 1);
    expect(mmu.faulted).toBe(true);
  });
});

test('whoever keeps translations is told of pages that are not what they were', () => {
  const base = 0x10000;
  const mmu = new Mmu({ addressBits: 48, memoryBytes: 1 << 20 });
  const told: number[] = [];
  mmu.onPageChange = (page) => told.push((page - base) / PAGE);
  const since = (): number[] => told.splice(0);
  mmu.map(base, 3 * PAGE, RW);
  for (let page = 0; page < 3; page++) mmu.storeSlow(base + page * PAGE, 4, page);
  mmu.loadSlow(base, 4);
  expect(since()).toEqual([]);
  mmu.protect(base + PAGE, PAGE, PROT_READ);
  expect(since()).toEqual([1]);
  const child = mmu.fork();
  expect(since()).toEqual([0, 1, 2]);
  mmu.storeSlow(base, 4, 7);
  expect(since()).toEqual([0]);
  child.storeSlow(base + 2 * PAGE, 4, 7);
  expect(since()).toEqual([]);
  mmu.discard(base + 2 * PAGE, PAGE);
  expect(since()).toEqual([2]);
  mmu.unmap(base, 3 * PAGE);
  expect(since()).toEqual([0, 1]);
});

test('a device answers, and may refuse', () => {
  const mmu = new Mmu({ addressBits: 32, memoryBytes: 1 << 20 });
  const seen: unknown[] = [];
  const device: Device = {
    load(offset, size) {
      seen.push(['load', offset, size]);
      if (offset === 0x20) mmu.refuse();
      return 0xfedcba98;
    },
    store: (offset, size, value) => seen.push(['store', offset, size, value]),
  };
  mmu.mapDevice(0x40004000, PAGE, device);
  expect(mmu.loadSlow(0x40004010, 4)).toBe(0xfedcba98);
  mmu.storeSlow(0x40004012, 2, -1);
  expect(seen).toEqual([
    ['load', 0x10, 4],
    ['store', 0x12, 2, 0xffff],
  ]);
  mmu.loadSlow(0x40004020, 4);
  expect(mmu.fault).toMatchObject({ kind: 'bus', address: 0x40004020 });
  mmu.faulted = false;
  mmu.fetchSlow(0x40004000, 2);
  expect(mmu.fault.kind).toBe('protection');
  expect(mmu.check()).toEqual([]);
});

describe('translated code is watched', () => {
  const ALL = RW | PROT_EXECUTE;
  function watched() {
    const mmu = new Mmu({ addressBits: 32, memoryBytes: 1 << 20 });
    const told: [number, number][] = [];
    mmu.onCodeWrite = (address, size) => told.push([address, size]);
    mmu.map(0x1000, PAGE, ALL);
    mmu.storeSlow(0x1000, 4, 1);
    mmu.fetchSlow(0x1100, 2);
    mmu.watchCode(0x1100, 8);
    return { mmu, told };
  }

  test('stores near it are told, others in the page are not, and none hits the TLB', () => {
    const { mmu, told } = watched();
    mmu.storeSlow(0x1104, 4, 9);
    mmu.storeSlow(0x1800, 4, 9);
    expect(told).toEqual([[0x1104, 4]]);
    expect(mmu.tlb.valid().some((entry) => entry.write)).toBe(false);
    expect(mmu.check()).toEqual([]);
    mmu.trustPage(0x1000);
    mmu.storeSlow(0x1800, 4, 9);
    expect(mmu.tlb.valid().some((entry) => entry.write)).toBe(true);
  });

  test('a store through another mapping of the frame is told too', () => {
    const { mmu, told } = watched();
    const offset = mmu.peekOffset(0x1000);
    const frame = (offset - mmu.pool.offset(0)) / PAGE;
    mmu.map(0x9000, PAGE, RW, { backing: { kind: 'frames', frames: [frame] } });
    mmu.storeSlow(0x9100, 4, 3);
    expect(told).toEqual([[0x1100, 4]]);
    expect(mmu.loadSlow(0x1100, 4)).toBe(3);
  });

  test('unmapping it is told', () => {
    const { mmu } = watched();
    const changes: [number, number][] = [];
    mmu.onCodeChange = (start, length) => changes.push([start, length]);
    mmu.protect(0x1000, PAGE, ALL);
    mmu.watchCode(0x1100, 8);
    mmu.unmap(0x1000, PAGE);
    expect(changes).toEqual([
      [0x1000, PAGE],
      [0x1000, PAGE],
    ]);
  });
});

test('supervisor access copies across pages, stops at faults and finds the end of strings', () => {
  const mmu = new Mmu({ addressBits: 32, memoryBytes: 1 << 20 });
  const supervisor = new Supervisor(mmu);
  mmu.map(0x1000, 2 * PAGE, RW);
  const text = new TextEncoder().encode('across the edge\0');
  expect(supervisor.copyIn(0x1ff8, text)).toBe(text.length);
  expect(new TextDecoder().decode(supervisor.cString(0x1ff8, 100))).toBe('across the edge');
  expect(supervisor.copyOut(0x2ffc, 8)).toHaveLength(4);
  expect(mmu.fault).toMatchObject({ kind: 'not-present', access: 'read', address: 0x3000 });
  mmu.faulted = false;
  mmu.protect(0x1000, PAGE, PROT_READ);
  expect(supervisor.copyIn(0x1ff8, text)).toBe(0);
  mmu.faulted = false;
  expect(supervisor.poke(0x1ff8, text)).toBe(true);
  expect(supervisor.peek(0x5000, 4)).toBeNull();
  expect(mmu.faulted).toBe(false);
});

test('random mappings and accesses agree with a page array, and the TLB with the page table', () => {
  const seed = Number(process.env['BAREHEAP_SEED'] ?? 1);
  const steps = Number(process.env['BAREHEAP_FUZZ'] ?? 20_000);
  const random = new Random(seed);
  const mmu = new Mmu({ addressBits: 32, memoryBytes: 1 << 22, tlb: { entries: 16 } });
  const pages = new Map<number, { protection: number; words: Map<number, number> }>();
  const PAGES = 64;
  for (let step = 0; step < steps; step++) {
    const message = `step ${step}: BAREHEAP_SEED=${seed} BAREHEAP_FUZZ=${step + 1} npx vitest run packages/mmu`;
    const first = random.below(PAGES);
    const count = random.between(1, Math.min(6, PAGES - first));
    const range = Array.from({ length: count }, (_, n) => first + n);
    const kind = random.below(40);
    const protection = random.below(8);
    if (kind === 0) {
      mmu.unmap(first * PAGE, count * PAGE);
      for (const page of range) pages.delete(page);
    } else if (kind === 1) {
      mmu.protect(first * PAGE, count * PAGE, protection);
      for (const page of range) if (pages.has(page)) pages.get(page)!.protection = protection;
    } else if (kind < 6) {
      if (range.some((page) => pages.has(page))) continue;
      mmu.map(first * PAGE, count * PAGE, protection);
      for (const page of range) pages.set(page, { protection, words: new Map() });
    } else {
      const offset = random.below(1024) * 4;
      const page = pages.get(first);
      const write = random.oneIn(2);
      const need = write ? PROT_WRITE : PROT_READ;
      mmu.faulted = false;
      const value = random.next();
      if (write) mmu.storeSlow(first * PAGE + offset, 4, value);
      const loaded = write ? 0 : mmu.loadSlow(first * PAGE + offset, 4);
      expect(mmu.faulted, message).toBe(page === undefined || (page.protection & need) === 0);
      if (mmu.faulted)
        expect(mmu.fault.kind, message).toBe(page === undefined ? 'not-present' : 'protection');
      else if (write) page!.words.set(offset, value);
      else expect(loaded, message).toBe(page!.words.get(offset) ?? 0);
    }
    if (step % 100 === 0) expect(mmu.check(), message).toEqual([]);
  }
});
