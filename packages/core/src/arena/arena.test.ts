import { Random } from '@bareheap/conformance';
import { expect, test } from 'vitest';
import { BufferHeapMemory } from '../heap-memory.ts';
import { TlsfHeap } from '../tlsf/tlsf.ts';
import { type ArenaCheckpoint, ArenaHeap, createArena } from './arena.ts';
import { ARENA_CONTROL_BYTES } from './arena-layout.ts';

const BASE = 0x20000000;
const OPERATIONS = Number(process.env['BAREHEAP_FUZZ'] ?? 8000);
const SEED = Number(process.env['BAREHEAP_SEED'] ?? 1);
const PER_PROGRAM = 4000;

function setUp(size: number) {
  const buffer = new ArrayBuffer(size);
  const heap = createArena(new BufferHeapMemory(buffer), BASE, size);
  return { heap, region: { base: BASE, bytes: new Uint8Array(buffer) } };
}

test('chunks double, and a request that is larger gets what it needs', () => {
  const { heap } = setUp(65_536);
  const totals = new Set<number>();
  for (let nth = 0; nth < 200; nth++) {
    heap.allocate(40, 8);
    totals.add(heap.chunkBytes);
  }
  expect([...totals]).toEqual([512, 1536, 3584, 7680, 15_872]);
  heap.allocate(30_000, 8);
  expect(heap.chunkBytes).toBeGreaterThanOrEqual(15_872 + 30_000);
});

test('where a chunk twice as large cannot be had, a smaller one is', () => {
  const { heap } = setUp(2048);
  let blocks = 0;
  while (heap.allocate(12, 8) !== 0) blocks++;
  expect(heap.chunkBytes).toBeGreaterThan(1900);
  expect(blocks).toBeGreaterThan(110);
});

test('the last block grows and shrinks where it lies, and with it its chunk', () => {
  const { heap } = setUp(8192);
  const first = heap.allocate(100, 8);
  const last = heap.allocate(100, 8);
  expect(heap.reallocateInPlace(first, 100, 8, 200)).toBe(false);
  expect(heap.reallocate(last, 100, 8, 300)).toBe(last);
  expect(heap.chunkBytes).toBe(512);
  expect(heap.reallocate(last, 300, 8, 3000)).toBe(last);
  expect(heap.chunkBytes).toBeGreaterThan(3000);
  expect(heap.reallocateInPlace(last, 3000, 8, 10)).toBe(true);
  expect(heap.allocate(10, 8)).toBe(last + 16);
  expect(heap.check()).toEqual([]);
});

test('only the last block comes back before all do', () => {
  const { heap } = setUp(8192);
  const [one, two] = [heap.allocate(50, 8), heap.allocate(50, 8)];
  expect(heap.deallocate(one, 50, 8)).toBe(0);
  expect(heap.allocate(50, 8)).toBeGreaterThan(two);
  const last = heap.allocate(50, 8);
  expect(heap.deallocate(last, 50, 8)).toBe(0);
  expect(heap.allocate(20, 8)).toBe(last);
});

test('reset keeps the newest chunk, release keeps none', () => {
  const { heap } = setUp(16_384);
  const whole = heap.stats();
  for (let nth = 0; nth < 100; nth++) heap.allocate(40, 8);
  expect(heap.chunkBytes).toBe(512 + 1024 + 2048 + 4096);
  heap.reset();
  expect(heap.chunkBytes).toBe(4096);
  expect(heap.stats().liveBlocks).toBe(0);
  for (let nth = 0; nth < 80; nth++) heap.allocate(40, 8);
  expect(heap.chunkBytes).toBe(4096);
  expect(heap.check()).toEqual([]);
  heap.release();
  expect(heap.stats()).toEqual(whole);
});

test('the limit holds for chunks, and counts none that went back', () => {
  const { heap } = setUp(65_536);
  heap.limitBytes = 2000;
  while (heap.allocate(30, 8) !== 0) expect(heap.chunkBytes).toBeLessThanOrEqual(2000);
  expect(heap.chunkBytes).toBeGreaterThan(1900);
  heap.limitBytes = 4000;
  expect(heap.allocate(1500, 8)).not.toBe(0);
  expect(heap.allocate(1500, 8)).toBe(0);
  heap.release();
  expect(heap.allocate(3900, 8)).not.toBe(0);
  heap.limitBytes = 0;
  expect(heap.allocate(20_000, 8)).not.toBe(0);
});

test('a checkpoint that others were allocated over is refused, with nothing changed', () => {
  const { heap, region } = setUp(8192);
  const outer = heap.checkpoint();
  heap.allocate(100, 8);
  const inner = heap.checkpoint();
  heap.allocate(100, 8);
  expect(heap.rewind(inner)).toBe(true);
  expect(heap.rewind(inner)).toBe(true);
  expect(heap.rewind(outer)).toBe(true);
  expect(heap.chunkBytes).toBe(0);
  heap.allocate(300, 8);
  const before = region.bytes.slice();
  expect(heap.rewind(inner)).toBe(false);
  expect(region.bytes).toEqual(before);
});

test('two arenas share a heap, and leave nothing in it when they are released', () => {
  const memory = new BufferHeapMemory(new ArrayBuffer(32_768));
  const shared = new TlsfHeap(memory, BASE, 32_768);
  const whole = shared.stats();
  const controls = [0, 1].map(() => shared.allocateZeroed(ARENA_CONTROL_BYTES, 8));
  const [one, two] = controls.map((at) => new ArenaHeap(memory, BASE, shared, at - BASE));
  const blocks = Array.from({ length: 60 }, (_, nth) => (nth % 2 ? one! : two!).allocate(100, 8));
  expect(new Set(blocks).size).toBe(60);
  expect(one!.usableSize(blocks[1]!)).toBe(100);
  expect(two!.usableSize(blocks[1]!)).toBe(0);
  expect(new ArenaHeap(memory, BASE, shared, controls[0]! - BASE).stats()).toEqual(one!.stats());
  expect([...one!.check(), ...two!.check()]).toEqual([]);
  one!.release();
  expect(two!.usableSize(blocks[0]!)).toBe(100);
  two!.release();
  for (const control of controls) shared.deallocate(control, ARENA_CONTROL_BYTES, 8);
  expect(shared.stats()).toEqual(whole);
});

test('size 0 gives a block of its own; SIZE_MAX and an alignment of 2^31 are refused', () => {
  const { heap } = setUp(4096);
  const [one, two] = [heap.allocate(0, 1), heap.allocate(0, 1)];
  expect(one).not.toBe(0);
  expect(two).not.toBe(one);
  expect(heap.allocate(2 ** 32 - 1, 8)).toBe(0);
  expect(heap.allocate(8, 2 ** 31)).toBe(0);
  expect(heap.check()).toEqual([]);
});

test('check() sees what was overwritten of the control block, a chunk and its blocks', () => {
  const { heap, region } = setUp(2048);
  const block = heap.allocate(40, 8) - BASE - 4;
  const chunk = block - 20;
  const view = new DataView(region.bytes.buffer);
  for (const at of [0, 4, 8, 12, chunk, chunk + 4, chunk + 8, chunk + 12, block]) {
    const before = view.getUint32(at, true);
    for (const word of [1, 0x10, 0x7ffffff8, 0xffffffff].filter((other) => other !== before)) {
      // The link of the oldest chunk is not followed: its ordinal says that it is the oldest.
      if (at === chunk) continue;
      view.setUint32(at, word, true);
      expect(heap.check(), `${word} at ${at}`).not.toEqual([]);
    }
    view.setUint32(at, before, true);
  }
  expect(heap.check()).toEqual([]);
});

interface Nested {
  readonly checkpoint: ArenaCheckpoint;
  readonly blocks: number;
}

/** Blocks with their contents, and checkpoints among them, as one stack. */
function playNested(random: Random): void {
  const size = random.pick([2048, 8192, 65_536]);
  const { heap, region } = setUp(size);
  heap.limitBytes = random.oneIn(3) ? size >> 1 : 0;
  const blocks: { address: number; size: number; byte: number }[] = [];
  const stack: Nested[] = [];
  const holds = ({ address, size: bytes, byte }: (typeof blocks)[0]): boolean =>
    region.bytes.subarray(address - BASE, address - BASE + bytes).every((at) => at === byte);
  for (let call = 0; call < PER_PROGRAM; call++) {
    const bytes = random.between(1, random.oneIn(8) ? size >> 4 : 60);
    const address = heap.allocate(bytes, random.pick([1, 8, 8, 32]));
    if (address !== 0) {
      blocks.push({ address, size: bytes, byte: call & 0xff });
      region.bytes.fill(call & 0xff, address - BASE, address - BASE + bytes);
    }
    if (heap.limitBytes > 0) expect(heap.chunkBytes).toBeLessThanOrEqual(heap.limitBytes);
    if (random.oneIn(20)) {
      stack.push({ checkpoint: heap.checkpoint(), blocks: blocks.length });
    } else if (stack.length > 0 && (address === 0 || random.oneIn(40))) {
      const { checkpoint, blocks: left } = stack.splice(random.below(stack.length))[0]!;
      expect(blocks.every(holds)).toBe(true);
      expect(heap.rewind(checkpoint)).toBe(true);
      blocks.length = left;
      expect(heap.stats().liveBlocks).toBe(left);
      expect(heap.check()).toEqual([]);
    } else if (address === 0) {
      heap.reset();
      blocks.length = 0;
    }
  }
}

test('what lies below a checkpoint survives going back to it', { timeout: 3_600_000 }, () => {
  for (let run = 0; run * PER_PROGRAM < OPERATIONS; run++) {
    try {
      playNested(new Random(SEED + run));
    } catch (error) {
      const again = `BAREHEAP_SEED=${SEED + run} BAREHEAP_FUZZ=1 npx vitest run arena`;
      throw new Error(`${(error as Error).message} (repeat with ${again})`);
    }
  }
});
