/** Findings and their values, wherever the heap's memory comes from. */
import { Random } from '@bareheap/conformance';
import { describe, expect, test } from 'vitest';
import { DEBUG_BASE, protectedHeap, regionHeap } from '../../test/debug-setups.ts';
import { MISUSE_DOUBLE, MISUSE_INVALID, MISUSE_NONE } from '../heap.ts';
import { BufferHeapMemory, type HeapMemory } from '../heap-memory.ts';
import { DebugHeap, type DebugOptions } from './debug.ts';

/** Traces are three tokens: which call it is, and two that stay. */
function tracing() {
  const call = { token: 0 };
  const captureStack = (into: Uint32Array): number => {
    into.set([++call.token, 0x800_0100, 0x800_0200].slice(0, into.length));
    return Math.min(into.length, 3);
  };
  return { call, captureStack };
}

/** Changes a byte, whatever it is. */
function flip(memory: HeapMemory, offset: number): void {
  const word = offset & ~3;
  memory.store32(word, memory.load32(word) ^ (0xff << (8 * (offset & 3))));
}

const SETUPS = [
  ['a region', (options: DebugOptions) => regionHeap(2 ** 16, options)],
  ['protected pages', (options: DebugOptions) => protectedHeap(2 ** 20, options)],
] as const;

describe.each(SETUPS)('over %s', (_name, make) => {
  describe('S4.1: a double free has three traces', () => {
    test.each([
      ['small', 40, true],
      ['last in its bucket', 40, false],
      ['large', 9000, true],
    ])('%s', (_size, size, keeps) => {
      const { heap } = make(tracing());
      const block = heap.allocate(size, 8);
      if (keeps) heap.allocate(size, 8);
      expect(heap.deallocate(block, size, 8)).toBe(MISUSE_NONE);
      expect(heap.deallocate(block, size, 8)).toBe(MISUSE_DOUBLE);
      const [finding] = heap.takeFindings();
      const last = keeps ? 4 : 3;
      expect(finding).toMatchObject({ kind: 'double-free', call: 'deallocate', address: block });
      expect([...finding!.block!.allocatedAt.stack]).toEqual([1, 0x800_0100, 0x800_0200]);
      expect([...finding!.block!.freedAt!.stack]).toEqual([last - 1, 0x800_0100, 0x800_0200]);
      expect([...finding!.stack]).toEqual([last, 0x800_0100, 0x800_0200]);
    });
  });

  test('S4.2: leaks have the trace of their allocation, oldest first', () => {
    const { heap } = make(tracing());
    const sizes = [10, 20_000, 300, 11];
    const blocks = sizes.map((size) => heap.allocate(size, 8));
    heap.deallocate(blocks[2]!, 300, 8);
    const leaks = heap.leaks();
    expect(leaks.map(({ kind, address, size }) => [kind, address, size])).toEqual([
      ['leak', blocks[0], 10],
      ['leak', blocks[1], 20_000],
      ['leak', blocks[3], 11],
    ]);
    expect(leaks.map(({ block }) => block!.allocatedAt.stack[0])).toEqual([1, 2, 4]);
  });

  test('S4.29: an invalid free names the nearest block in use and the nearest freed one', () => {
    const { heap } = make(tracing());
    const [freed, live] = [heap.allocate(40, 8), heap.allocate(40, 8)];
    heap.allocate(3000, 8);
    heap.deallocate(freed, 40, 8);
    expect(heap.deallocate(live + 4, 40, 8)).toBe(MISUSE_INVALID);
    const [finding] = heap.takeFindings();
    expect(finding).toMatchObject({
      kind: 'invalid-free',
      block: null,
      nearestLive: { address: live, size: 40, freedAt: null },
      nearestFreed: { address: freed, size: 40 },
    });
    expect(finding!.nearestLive!.allocatedAt.stack[0]).toBe(2);
    expect(finding!.nearestFreed!.freedAt!.stack[0]).toBe(4);
  });

  test('S4.31, S4.39: a wrong layout shows both, on free and on realloc; the call goes on', () => {
    const { heap } = make(tracing());
    const block = heap.allocate(40, 16);
    const moved = heap.reallocate(block, 48, 16, 400);
    expect(heap.deallocate(moved, 400, 8)).toBe(MISUSE_NONE);
    const findings = heap.takeFindings();
    expect(findings).toMatchObject([
      { kind: 'size-mismatch', size: 48, align: 16, block: { size: 40, align: 16 } },
      { kind: 'alignment-mismatch', size: 400, align: 8, block: { size: 400, align: 16 } },
    ]);
    expect(findings.map(({ call }) => call)).toEqual(['reallocate', 'deallocate']);
    expect(heap.leaks()).toEqual([]);
  });

  test('a size of 0 says that the caller cannot know the layout', () => {
    const { heap } = make({});
    expect(heap.deallocate(heap.allocate(40, 16), 0, 1)).toBe(MISUSE_NONE);
    expect(heap.takeFindings()).toEqual([]);
  });

  test('S4.19: a realloc of the same class keeps the pointer, of another one moves', () => {
    const { heap } = make({});
    const block = heap.allocate(33, 8);
    expect(heap.reallocate(block, 33, 8, 60)).toBe(block);
    expect(heap.usableSize(block)).toBe(60);
    expect(heap.reallocate(block, 60, 8, 61)).not.toBe(block);
  });

  test('S4.38: allocated bytes are 0xaa, freed ones 0xdd', () => {
    const { heap, bytes } = make({});
    const [block, keeper] = [heap.allocate(40, 8), heap.allocate(40, 8)];
    const at = block - DEBUG_BASE;
    expect([...new Set(bytes.subarray(at, at + 40))]).toEqual([0xaa]);
    bytes.fill(1, at, at + 40);
    heap.deallocate(block, 40, 8);
    expect([...new Set(bytes.subarray(at, at + 60))]).toEqual([0xdd]);
    expect(heap.usableSize(keeper)).toBe(40);
  });

  test('S4.40: a large block keeps its first trace through reallocs, and the last one’s', () => {
    const { heap } = make(tracing());
    const block = heap.allocate(9000, 8);
    heap.allocate(40, 8);
    const moved = heap.reallocate(block, 9000, 8, 20_000);
    const last = heap.reallocate(moved, 20_000, 8, 18_000);
    const [leak] = heap.leaks();
    expect(leak).toMatchObject({ address: last, size: 18_000, block: { ordinal: 1 } });
    expect(leak!.block!.allocatedAt.stack[0]).toBe(1);
    expect(leak!.block!.reallocatedAt!.stack[0]).toBe(4);
  });

  test('S4.24: requested, resident and overhead bytes', () => {
    const { heap } = make({});
    const before = heap.figures();
    expect(before.requestedBytes).toBe(0);
    const blocks = [1000, 10_000, 3].map((size) => heap.allocate(size, 8));
    const during = heap.figures();
    expect(during.requestedBytes).toBe(11_003);
    expect(during.residentBytes).toBeGreaterThan(before.residentBytes + 11_003);
    expect(during.overheadBytes).toBeGreaterThan(before.overheadBytes);
    expect(during.overheadBytes).toBeLessThan(during.residentBytes);
    for (const block of blocks) heap.deallocate(block, 0, 1);
    expect(heap.figures()).toMatchObject({ requestedBytes: 0, peakRequestedBytes: 11_003 });
    const lines: string[] = [];
    heap.statsPrint((line) => lines.push(line));
    expect(lines.join('\n')).toContain('  requested 0 bytes');
  });

  test('a size of 0 is a block of one byte', () => {
    const { heap } = make({});
    const block = heap.allocate(0, 8);
    expect(heap.usableSize(block)).toBe(1);
    const moved = heap.reallocate(heap.reallocate(block, 0, 8, 5000), 5000, 8, 0);
    expect(heap.deallocate(moved, 0, 8)).toBe(MISUSE_NONE);
    expect(heap.takeFindings()).toEqual([]);
    expect(heap.check()).toEqual([]);
  });

  test('S4.4: blocks of one bucket have one size, so a pointer off by one meets its own kind', () => {
    const { heap } = make({});
    const sizes = new Map<number, number>();
    for (let nth = 0; nth < 200; nth++) {
      const size = [20, 100, 1000][nth % 3]!;
      const block = heap.allocate(size, 8);
      if (block !== 0) sizes.set(block, size);
    }
    const inOrder = [...sizes.keys()].sort((one, other) => one - other);
    const near = inOrder.filter((block, nth) => inOrder[nth + 1]! - block < sizes.get(block)! * 2);
    expect(near.length).toBeGreaterThan(30);
    for (const block of near) {
      expect(sizes.get(inOrder[inOrder.indexOf(block) + 1]!)).toBe(sizes.get(block));
    }
  });

  test('S4.20: a large block is a run of pages of its own, its record behind it', () => {
    const { heap, bytes } = make({});
    const block = heap.allocate(20_000, 8);
    bytes.fill(0x41, block - DEBUG_BASE, block - DEBUG_BASE + 20_000);
    expect(heap.check()).toEqual([]);
    expect(heap.leaks()).toMatchObject([{ address: block, size: 20_000, block: { ordinal: 1 } }]);
  });

  test('S4.37: the heap’s own state does not grow with what was allocated and freed', () => {
    const { heap } = make(tracing());
    const churn = (): number => {
      for (let round = 0; round < 500; round++) {
        const size = [7000, 100, 3000][round % 3]!;
        heap.deallocate(heap.allocate(size, 8), size, 8);
      }
      return heap.figures().overheadBytes;
    };
    const first = churn();
    for (let round = 0; round < 5; round++) expect(churn()).toBeLessThan(first * 1.1);
  });

  test.each([0, 1, 2, 64])('S4.10: traces of %d frames', (frames) => {
    const { heap } = make({ ...tracing(), frames });
    heap.allocate(40, 8);
    const { stack } = heap.leaks()[0]!.block!.allocatedAt;
    expect([...stack]).toEqual([1, 0x800_0100, 0x800_0200].slice(0, frames));
    expect(heap.check()).toEqual([]);
  });

  test('an ordinal never comes back, though an address may', () => {
    const { heap } = make({});
    const seen = new Map<number, number>();
    for (let round = 0; round < 500; round++) {
      const block = heap.allocate(100, 8);
      const { ordinal } = heap.leaks()[0]!.block!;
      expect(ordinal).toBeGreaterThan(seen.get(block) ?? 0);
      seen.set(block, ordinal);
      heap.deallocate(block, 100, 8);
    }
    expect(seen.size).toBeLessThan(500);
  });

  test('S4.9, S4.35: a second thread is a finding with both traces, and changes nothing', () => {
    let thread = 3;
    const { heap } = make({ ...tracing(), currentThread: () => thread });
    const block = heap.allocate(40, 8);
    thread = 9;
    expect(heap.allocate(40, 8)).toBe(0);
    expect(heap.reallocate(block, 40, 8, 400)).toBe(0);
    expect(heap.deallocate(block, 40, 8)).toBe(MISUSE_INVALID);
    const findings = heap.takeFindings();
    expect(findings.map(({ kind }) => kind)).toEqual(['bad-request', 'bad-request', 'bad-request']);
    expect(findings[2]!.threads).toMatchObject({ first: 3, second: 9 });
    expect(findings[2]!.threads!.firstStack[0]).toBe(1);
    expect(findings[2]!.stack[0]).toBe(4);
    thread = 3;
    expect(heap.deallocate(block, 40, 8)).toBe(MISUSE_NONE);
  });

  test('S4.9, S4.28: with a lock any thread may call, one at a time', () => {
    let held = 0;
    let calls = 0;
    let thread = 0;
    const lock = {
      acquire: () => {
        expect(held++).toBe(0);
        calls++;
      },
      release: () => {
        expect(--held).toBe(0);
      },
    };
    const { heap } = make({ lock, currentThread: () => thread++ });
    const block = heap.reallocate(heap.allocate(40, 8), 40, 8, 400);
    heap.reallocateInPlace(block, 400, 8, 300);
    heap.usableSize(block);
    heap.deallocate(block, 300, 8);
    heap.deallocate(block, 300, 8);
    heap.sweep();
    expect(heap.takeFindings().map(({ kind }) => kind)).toEqual(['double-free']);
    expect([held, calls]).toEqual([0, 7]);
  });

  test('writes past an end and before a start name the right block, of any size', () => {
    const random = new Random(7);
    const { heap, memory } = make({});
    let seen = 0;
    for (let round = 0; round < 300; round++) {
      const size = random.between(1, 500);
      const blocks = [0, 1, 2].map(() => heap.allocate(size, 8)) as [number, number, number];
      const [before, block, after] = blocks;
      const slack = block - before - size;
      if (slack >= 4 && slack <= size + 4 && after - block === block - before) {
        const isOverflow = random.oneIn(2);
        // More than half of the canary could be either.
        const length = random.between(1, Math.max(1, (slack >> 1) - 1));
        const start = isOverflow ? block + size : block - length;
        for (let at = start; at < start + length; at++) flip(memory, at - DEBUG_BASE);
        heap.deallocate(block, size, 8);
        const kind = isOverflow ? 'heap-buffer-overflow' : 'heap-buffer-underflow';
        expect(heap.takeFindings(), `${size}, ${length}`).toMatchObject([
          { kind, block: { address: block } },
        ]);
        seen++;
      } else heap.deallocate(block, size, 8);
      heap.deallocate(before, size, 8);
      heap.deallocate(after, size, 8);
      expect(heap.takeFindings()).toEqual([]);
    }
    expect(seen).toBeGreaterThan(100);
  });

  test('findings are kept until they are taken, 256 at the most, and all counted', () => {
    const { heap } = make({});
    for (let nth = 0; nth < 300; nth++) heap.deallocate(DEBUG_BASE + 8 * nth, 1, 1);
    expect(heap.findingCount).toBe(300);
    expect(heap.takeFindings()).toHaveLength(256);
    expect(heap.takeFindings()).toEqual([]);
  });

  test('damage is told once at a free, each time at a sweep', () => {
    const { heap, memory } = make({});
    const [block, next] = [heap.allocate(40, 8), heap.allocate(40, 8)];
    memory.fill(block + 40 - DEBUG_BASE, 3, 0x41);
    for (let round = 0; round < 2; round++) {
      heap.sweep();
      expect(heap.takeFindings()).toMatchObject([
        { kind: 'heap-buffer-overflow', call: 'sweep', address: block + 40, block: { size: 40 } },
      ]);
    }
    heap.deallocate(next, 40, 8);
    heap.deallocate(block, 40, 8);
    expect(heap.takeFindings()).toMatchObject([
      { kind: 'heap-buffer-overflow', call: 'deallocate' },
    ]);
  });
});

describe('over a region, where nothing else protects it', () => {
  test('each word of the control block and of the page map is watched', () => {
    const { heap, memory } = regionHeap(8192, tracing());
    const block = heap.allocate(40, 8);
    heap.allocate(1000, 8);
    const first = block - (block % 512) - DEBUG_BASE;
    for (let at = 0; at < first; at += 4) {
      const isTrace = at >= 4 * 24 && at < 4 * 30;
      const word = memory.load32(at);
      memory.store32(at, word ^ 0x100);
      expect(heap.check().length > 0, `word ${at}`).toBe(!isTrace);
      memory.store32(at, word);
    }
    expect(heap.check()).toEqual([]);
  });

  test('a write after free is told at the latest when the memory is used again', () => {
    const { heap, memory } = regionHeap(8192, tracing());
    const block = heap.allocate(1000, 8);
    heap.deallocate(block, 1000, 8);
    memory.store32(block + 500 - DEBUG_BASE, 0x1234);
    expect(heap.takeFindings()).toEqual([]);
    while (heap.allocate(1000, 8) !== 0);
    const findings = heap.takeFindings();
    expect(findings).toMatchObject([
      { kind: 'use-after-free', call: 'allocate', address: block + 500, block: { size: 1000 } },
    ]);
    expect(findings[0]!.block!.freedAt!.stack[0]).toBe(2);
  });
});

test('more frames than a trace may have are a mistake of whoever makes the heap', () => {
  const memory = new BufferHeapMemory(new ArrayBuffer(8192));
  const make = () => new DebugHeap(memory, 8, 8192, { captureStack: () => 0, frames: 65 });
  expect(make).toThrow('65 frames');
});
