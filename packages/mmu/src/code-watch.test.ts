import { describe, expect, test } from 'vitest';
import { Mmu } from './mmu.ts';

const PAGE = 4096;
const AT = 0x10000;
const RW = 3;
const ALL = 7;

function watched(): { mmu: Mmu; told: number[] } {
  const mmu = new Mmu({ addressBits: 32, memoryBytes: 1 << 20 });
  mmu.map(AT, PAGE, ALL);
  mmu.storeSlow(AT, 4, 1);
  const told: number[] = [];
  mmu.onCodeWrite = (address) => told.push(address);
  mmu.watchCode(AT, 4);
  return { mmu, told };
}

function frameOf(mmu: Mmu, address: number): number {
  return (mmu.peekOffset(address) - mmu.pool.offset(0)) / PAGE;
}

/** Whether some store hits the TLB. */
function writesHit(mmu: Mmu): boolean {
  return mmu.tlb.valid().some(({ write }) => write);
}

describe('a watch follows what it watches', () => {
  test('code stays watched when its page is copied on write', () => {
    const { mmu, told } = watched();
    mmu.fork();
    mmu.storeSlow(AT, 4, 2);
    expect(told).toEqual([AT]);
    mmu.storeSlow(AT, 4, 3);
    expect(told).toEqual([AT, AT]);
    expect(writesHit(mmu)).toBe(false);
  });

  test('a store through an alias is told where the code was watched', () => {
    const { mmu, told } = watched();
    mmu.map(0x90000, PAGE, RW, { backing: { kind: 'frames', frames: [frameOf(mmu, AT)] } });
    mmu.storeSlow(0x90000, 4, 2);
    expect(told).toContain(AT);
  });

  test('a store in another space is told to the space that watches, and to no other', () => {
    const { mmu, told } = watched();
    const other = new Mmu({ addressBits: 32, memoryBytes: 0, pool: mmu.pool });
    other.onCodeWrite = () => expect.unreachable();
    other.map(0x90000, PAGE, RW, { backing: { kind: 'frames', frames: [frameOf(mmu, AT)] } });
    other.storeSlow(0x90002, 1, 2);
    expect(told).toEqual([AT + 2]);
  });

  test('a store by a forked child is the child’s own', () => {
    const { mmu, told } = watched();
    const child = mmu.fork();
    child.storeSlow(AT, 4, 2);
    expect(told).toEqual([]);
    mmu.storeSlow(AT, 4, 2);
    expect(told).toEqual([AT]);
  });
});

describe('a watch ends', () => {
  test('with as many ends as there were watches', () => {
    const { mmu, told } = watched();
    mmu.watchCode(AT + 8, 4);
    mmu.unwatchCode(AT, 4);
    mmu.storeSlow(AT + 40, 4, 2);
    expect(told).toEqual([AT + 40]);
    mmu.unwatchCode(AT + 8, 4);
    mmu.storeSlow(AT, 4, 2);
    expect(told).toEqual([AT + 40]);
    expect(writesHit(mmu)).toBe(true);
    expect(mmu.check()).toEqual([]);
  });

  test('of ranges across pages, on each of them', () => {
    const { mmu, told } = watched();
    mmu.map(AT + PAGE, PAGE, ALL);
    mmu.fetchSlow(AT + PAGE, 4);
    mmu.watchCode(AT + PAGE - 2, 4);
    mmu.storeSlow(AT + PAGE - 2, 4, 0);
    expect(told).toEqual([AT + PAGE - 2, AT + PAGE]);
    mmu.unwatchCode(AT + PAGE - 2, 4);
    mmu.storeSlow(AT + PAGE - 2, 4, 0);
    expect(told).toHaveLength(2);
  });

  test('while it is told', () => {
    const { mmu, told } = watched();
    mmu.map(0x90000, PAGE, ALL, { backing: { kind: 'frames', frames: [frameOf(mmu, AT)] } });
    mmu.fetchSlow(0x90000, 4);
    mmu.watchCode(0x90000, 4);
    mmu.onCodeWrite = (address) => {
      told.push(address);
      mmu.unwatchCode(address, 4);
    };
    mmu.storeSlow(AT, 4, 9);
    mmu.storeSlow(AT, 4, 9);
    expect(told).toEqual([AT, 0x90000]);
  });

  test('when the mapping changes, and the trust with it: code watched after that is told', () => {
    const { mmu, told } = watched();
    mmu.trustPage(AT);
    mmu.protect(AT, PAGE, ALL);
    mmu.watchCode(AT, 4);
    mmu.storeSlow(AT + 0x800, 4, 1);
    expect(writesHit(mmu)).toBe(false);
    mmu.storeSlow(AT, 4, 1);
    expect(told).toEqual([AT]);
  });

  test('a page is trusted by each who watches it, or stores to it stay slow', () => {
    const { mmu } = watched();
    mmu.map(0x90000, PAGE, ALL, { backing: { kind: 'frames', frames: [frameOf(mmu, AT)] } });
    mmu.fetchSlow(0x90000, 4);
    mmu.watchCode(0x90000, 4);
    mmu.trustPage(AT);
    mmu.storeSlow(AT + 0x800, 4, 1);
    expect(writesHit(mmu)).toBe(false);
    mmu.trustPage(0x90000);
    mmu.storeSlow(AT + 0x800, 4, 1);
    expect(writesHit(mmu)).toBe(true);
  });

  test('when its page becomes a guard: translated code would not see it', () => {
    const { mmu } = watched();
    const changes: number[] = [];
    mmu.onCodeChange = (start) => changes.push(start);
    mmu.guard(AT, PAGE);
    expect(changes).toEqual([AT]);
  });
});
