import { expect, test } from 'vitest';
import { Mmu, Supervisor } from '../src/index.ts';

const PAGE = 4096;
const AT = 0x10000;
const RW = 3;
const ALL = 7;

function space(memoryBytes = 1 << 20): Mmu {
  return new Mmu({ addressBits: 32, memoryBytes });
}

function mapped(protection = RW): Mmu {
  const mmu = space();
  mmu.map(AT, PAGE, protection);
  mmu.storeSlow(AT, 4, 1);
  return mmu;
}

/** What generated code loads when the TLB hits, or null when it misses. */
function inlineLoad(mmu: Mmu, address: number): number | null {
  const { i32 } = mmu.pool;
  const entry = (mmu.tlb.base >> 2) + ((address >>> 12) & (mmu.tlb.entries - 1)) * 4;
  if (i32[entry] !== address) return null;
  return i32[(address + i32[entry + 3]!) >>> 2]!;
}

test('a poke into a forked page does not show in the other space', () => {
  const parent = mapped();
  const child = parent.fork();
  new Supervisor(child).poke(AT, Uint8Array.of(9));
  expect(parent.loadSlow(AT, 1)).toBe(1);
});

test('generated code of one space never hits what another space filled', () => {
  const parent = mapped();
  parent.fork().storeSlow(AT, 4, 7);
  expect([1, null]).toContain(inlineLoad(parent, AT));
});

test('code stays watched when its page is copied on write', () => {
  const mmu = mapped(ALL);
  const told: number[] = [];
  mmu.onCodeWrite = (address) => told.push(address);
  mmu.watchCode(AT, 4);
  mmu.fork();
  mmu.storeSlow(AT, 4, 2);
  expect(told).toEqual([AT]);
});

test('a store through an alias is told where the code was watched', () => {
  const mmu = mapped(ALL);
  const told: number[] = [];
  mmu.onCodeWrite = (address) => told.push(address);
  mmu.watchCode(AT, 4);
  const frame = (mmu.peekOffset(AT) - mmu.pool.offset(0)) / PAGE;
  mmu.map(0x90000, PAGE, RW, { backing: { kind: 'frames', frames: [frame] } });
  mmu.storeSlow(0x90000, 4, 2);
  expect(told).toContain(AT);
});

test('trust ends when the mapping changes: code watched after that is told of stores', () => {
  const mmu = mapped(ALL);
  const told: number[] = [];
  mmu.onCodeWrite = (address) => told.push(address);
  mmu.watchCode(AT, 4);
  mmu.trustPage(AT);
  mmu.protect(AT, PAGE, ALL);
  mmu.watchCode(AT, 4);
  mmu.storeSlow(AT + 0x800, 4, 1);
  expect(mmu.tlb.valid().some(({ write }) => write)).toBe(false);
});

test('guard pages take no frames before they are touched', () => {
  const mmu = space();
  mmu.map(AT, 64 * PAGE, RW, { guard: true });
  expect(mmu.pool.inUse).toBe(0);
});

test('a guard page guards after its frame was dropped', () => {
  const mmu = space();
  mmu.map(AT, PAGE, RW, { guard: true });
  mmu.discard(AT, PAGE);
  mmu.loadSlow(AT, 1);
  expect(mmu.faulted).toBe(true);
});

test('a platform that always retries ends in an assertion, not a full stack', () => {
  const mmu = space();
  mmu.onFault = () => 'retry';
  expect(() => mmu.loadSlow(AT, 4)).not.toThrow(RangeError);
});

test('a fault that the platform looked into is still the guest’s fault', () => {
  const mmu = space();
  const supervisor = new Supervisor(mmu);
  mmu.onFault = ({ address }) => {
    if (address === AT) supervisor.copyOut(0x500000, 4);
    return 'raise';
  };
  mmu.loadSlow(AT, 4);
  expect(mmu.fault.address).toBe(AT);
});

test('peeking at untouched pages takes no frames', () => {
  const mmu = space();
  mmu.map(AT, 8 * PAGE, RW);
  new Supervisor(mmu).peek(AT, 8 * PAGE);
  expect(mmu.pool.inUse).toBe(0);
});

test('the check sees a frame with a reference too many', () => {
  const mmu = mapped();
  mmu.pool.share((mmu.peekOffset(AT) - mmu.pool.offset(0)) / PAGE);
  expect(mmu.check()).not.toEqual([]);
});

test('the page table gives back what it needed for pages that are gone', () => {
  const mmu = new Mmu({ addressBits: 48, memoryBytes: 1 << 20 });
  const before = process.memoryUsage().arrayBuffers;
  for (let n = 0; n < 20_000; n++) {
    mmu.map(n * 2 ** 21, PAGE, RW);
    mmu.storeSlow(n * 2 ** 21, 4, 1);
    mmu.unmap(n * 2 ** 21, PAGE);
  }
  expect(mmu.pages).toBe(0);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 << 20);
});
