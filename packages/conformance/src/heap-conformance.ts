/**
 * What every implementation of the Heap port must keep, as a table of rules. A rule throws when
 * it does not hold; a test runner names it by its id. What a random program must keep is the
 * model's part, see heap-model.ts.
 */
import { BufferHeapMemory, type Heap, type HeapMemory, MISUSE_NONE } from '@bareheap/core';
import type { HeapBytes } from './heap-model.ts';
import { MeteredMemory } from './metered-memory.ts';
import { Random } from './random.ts';

/** Makes the heap under test over [base, base + size). */
export type MakeHeap = (memory: HeapMemory, base: number, size: number) => Heap;

/** What an implementation promises beside what every heap must keep. */
export interface HeapTraits {
  /** The first block of a fresh heap comes back at its address once all are freed. */
  readonly reuses: boolean;
  /** Free neighbours become one: freeing all leaves the one hole of a fresh heap. */
  readonly merges: boolean;
  /** The last block grows where it lies while there is room behind it. */
  readonly growsInPlace: boolean;
  /** The word before a payload is the block's own, and check() sees it overwritten. */
  readonly hasHeaders: boolean;
}

/** Memory for one heap. */
export interface HeapRegion extends HeapBytes {
  readonly memory: HeapMemory;
}

export interface HeapUnderTest {
  readonly make: MakeHeap;
  /** New memory of `size` bytes, at least as much of it, all zero. */
  readonly region: (size: number) => HeapRegion;
  readonly traits: HeapTraits;
  /** How many seeds the random rules take; default 400. */
  readonly seeds?: number;
}

export interface HeapRule {
  readonly id: string;
  readonly title: string;
  /** @throws HeapRuleError when the rule does not hold */
  readonly verify: (subject: HeapUnderTest) => void;
}

export class HeapRuleError extends Error {}

const REGION_BYTES = 8192;

/** Bases worth trying: RAM of Arm and of RISC-V boards, and the end of a 32-bit space. */
export const HEAP_BASES: readonly number[] = [0x2000_0000, 0x8000_0000, 2 ** 32 - REGION_BYTES];

function demand(condition: boolean, what: string): asserts condition {
  if (!condition) throw new HeapRuleError(what);
}

/** Regions over a buffer, at an address. */
export function bufferRegion(base: number): (size: number) => HeapRegion {
  return (size) => {
    const buffer = new ArrayBuffer(size);
    return { memory: new BufferHeapMemory(buffer), base, bytes: new Uint8Array(buffer) };
  };
}

function setUp(subject: HeapUnderTest): HeapRegion & { heap: Heap } {
  const { memory, base, bytes } = subject.region(REGION_BYTES);
  const heap = subject.make(memory, base, REGION_BYTES);
  return { heap, memory, base, bytes: bytes.subarray(0, REGION_BYTES) };
}

function demandSound(heap: Heap): void {
  const wrong = heap.check();
  demand(wrong.length === 0, `check(): ${wrong.join('; ')}`);
}

/** Calls, and demands that no byte of the region changed. */
function unchanged(bytes: Uint8Array, what: string, call: () => void): void {
  const before = bytes.slice();
  call();
  const index = before.findIndex((byte, at) => byte !== bytes[at]);
  demand(index < 0, `${what} changed byte ${index} of the region`);
}

/** Blocks of `size` bytes until there is no more room. */
function exhaust(heap: Heap, size: number): number[] {
  const blocks: number[] = [];
  for (;;) {
    const block = heap.allocate(size, 8);
    if (block === 0) return blocks;
    blocks.push(block);
  }
}

function verifyAlignment(subject: HeapUnderTest): void {
  for (let align = 1; align <= 1024; align *= 2) {
    const { heap, base, bytes } = setUp(subject);
    for (let size = 1; size < 200; size += 13) {
      const block = heap.allocate(size, align);
      if (block === 0) break;
      demand(block % align === 0, `${block} is not aligned to ${align}`);
      demand(block >= base && block + size <= base + bytes.length, `${block} is outside`);
      demand(heap.usableSize(block) >= size, `usable size of ${block} is below ${size}`);
    }
    demandSound(heap);
  }
}

function verifyRefusals(subject: HeapUnderTest): void {
  const { heap, bytes } = setUp(subject);
  const block = heap.allocate(100, 8);
  heap.allocate(100, 8);
  const wishes = [9000, 2 ** 31 - 64, 2 ** 31, 2 ** 32 - 8, 2 ** 32 - 1];
  for (const size of wishes) {
    unchanged(bytes, `a request for ${size} bytes`, () => {
      demand(heap.allocate(size, 8) === 0, `${size} bytes were handed out`);
      demand(heap.allocateZeroed(size, 8) === 0, `${size} zeroed bytes were handed out`);
      demand(heap.reallocate(block, 100, 8, size) === 0, `a block grew to ${size} bytes`);
      demand(!heap.reallocateInPlace(block, 100, 8, size), `a block grew in place to ${size}`);
    });
  }
  // The last one wraps the sum of size, alignment and TLSF's rounding to about 1000 bytes.
  for (const size of [8, ...wishes, 2 ** 31 - 2 ** 28 + 1000]) {
    unchanged(bytes, `an alignment of 2^31 for ${size} bytes`, () => {
      demand(heap.allocate(size, 2 ** 31) === 0, `${size} bytes were aligned to 2^31`);
    });
  }
}

function verifyExhaustion(subject: HeapUnderTest): void {
  const { heap, bytes } = setUp(subject);
  const blocks = exhaust(heap, 24);
  demand(new Set(blocks).size === blocks.length, 'an address was handed out twice');
  // Two fifths: records of a debug heap and rounding to its pages take more than half.
  demand(blocks.length * 24 > REGION_BYTES * 0.4, `only ${blocks.length} blocks of 24 bytes`);
  unchanged(bytes, 'a refused request', () => {
    demand(heap.allocate(24, 8) === 0, 'a full heap had room after all');
  });
  for (const block of blocks) demand(heap.deallocate(block, 24, 8) === 0, 'free was refused');
  demandSound(heap);
  const { liveBlocks } = heap.stats();
  demand(liveBlocks === 0, `${liveBlocks} blocks are live after all were freed`);
  if (subject.traits.reuses) demand(heap.allocate(24, 8) === blocks[0], 'the first did not return');
}

function verifyFragmentation(subject: HeapUnderTest): void {
  if (!subject.traits.merges) return;
  const { heap, bytes } = setUp(subject);
  const blocks = exhaust(heap, 56);
  const isEven = (_: number, index: number): boolean => index % 2 === 0;
  for (const block of blocks.filter(isEven)) heap.deallocate(block, 56, 8);
  const { freeBytes, largestFreeBytes } = heap.stats();
  demand(freeBytes > 3000 && largestFreeBytes < 600, 'freeing every other block left no holes');
  unchanged(bytes, 'a request that fits no hole', () => {
    demand(heap.allocate(3000, 8) === 0, 'a block spans holes');
  });
  for (const block of blocks.filter((_, index) => index % 2 === 1)) heap.deallocate(block, 56, 8);
  demandSound(heap);
  demand(heap.stats().freeBlocks === 1, 'holes on both sides of a freed block did not merge');
  demand(heap.allocate(6000, 8) !== 0, 'merged holes do not serve a large request');
}

function verifyWholeHole(subject: HeapUnderTest): void {
  const { heap } = setUp(subject);
  const { largestFreeBytes } = heap.stats();
  demand(heap.allocate(largestFreeBytes, 8) !== 0, `${largestFreeBytes} free bytes are no block`);
  demandSound(heap);
}

function verifyAttach({ make, region }: HeapUnderTest): void {
  const { memory, base } = region(REGION_BYTES);
  const one = make(memory, base, REGION_BYTES);
  const block = one.allocate(100, 8);
  const two = make(memory, base, REGION_BYTES);
  demand(two.usableSize(block) === one.usableSize(block), 'the second object sees another block');
  demand(two.deallocate(block, 0, 1) === MISUSE_NONE, 'the second object cannot free the block');
  demandSound(one);
  demand(one.stats().liveBlocks === 0, 'the first object still has the block');
}

/** Frees `b` between a freed or live `a` and `c`, then again; merges bury its header. */
function verifyDoubleFree(subject: HeapUnderTest): void {
  for (let neighbours = 0; neighbours < 4; neighbours++) {
    const { heap, bytes } = setUp(subject);
    const [a, b, c] = [heap.allocate(64, 8), heap.allocate(64, 8), heap.allocate(64, 8)];
    heap.allocate(64, 8);
    if ((neighbours & 1) !== 0) heap.deallocate(a, 64, 8);
    if ((neighbours & 2) !== 0) heap.deallocate(c, 64, 8);
    demand(heap.deallocate(b, 64, 8) === MISUSE_NONE, 'the first free was refused');
    unchanged(bytes, `a double free (neighbours ${neighbours})`, () => {
      demand(heap.deallocate(b, 64, 8) !== MISUSE_NONE, `double free taken (${neighbours})`);
      demand(heap.reallocate(b, 64, 8, 80) === 0, 'a freed block was reallocated');
      demand(heap.usableSize(b) === 0, 'a freed block has a usable size');
    });
    heap.allocate(180, 8);
    demand(heap.deallocate(b, 64, 8) !== MISUSE_NONE, `double free taken after reuse`);
    demandSound(heap);
  }
}

function verifyForeignPointer(subject: HeapUnderTest): void {
  const { heap, base, bytes } = setUp(subject);
  const block = heap.allocate(64, 8);
  bytes.fill(0xa5, block - base, block - base + 64);
  const foreign = [0, 4, base, base - 8, base + bytes.length, base + 100_000, block + 4, block + 8];
  unchanged(bytes, 'a foreign pointer', () => {
    for (const address of foreign) {
      demand(heap.deallocate(address, 64, 8) !== MISUSE_NONE, `${address} was freed`);
      demand(!heap.reallocateInPlace(address, 64, 8, 8), `${address} was resized`);
      demand(heap.usableSize(address) === 0, `${address} has a usable size`);
    }
  });
}

function verifyZeroed(subject: HeapUnderTest): void {
  const { heap, base, bytes } = setUp(subject);
  const dirty = heap.allocate(200, 8);
  bytes.fill(0xff, dirty - base, dirty - base + 200);
  heap.deallocate(dirty, 200, 8);
  const block = heap.allocateZeroed(200, 8) - base;
  demand(
    bytes.subarray(block, block + 200).every((byte) => byte === 0),
    'not zero',
  );
}

function verifyResizing(subject: HeapUnderTest): void {
  const { heap, base, bytes } = setUp(subject);
  const block = heap.allocate(200, 8);
  const wall = heap.allocate(16, 8);
  for (let index = 0; index < 40; index++) bytes[block - base + index] = index;
  demand(!heap.reallocateInPlace(block, 200, 8, 400), 'a block grew through its neighbour');
  demand(heap.reallocateInPlace(block, 200, 8, 40), 'a block cannot shrink in place');
  const moved = heap.reallocate(block, 40, 8, 1000);
  demand(moved !== 0 && moved !== block, 'a block did not move to grow');
  for (let index = 0; index < 40; index++) {
    demand(bytes[moved - base + index] === index, `byte ${index} was lost in a move`);
  }
  demand(heap.usableSize(wall) >= 16, 'the neighbour is gone');
  const grown = heap.reallocateInPlace(moved, 1000, 8, 2000);
  if (subject.traits.growsInPlace) demand(grown, 'the last block did not grow in place');
  demandSound(heap);
}

function verifyFigures(subject: HeapUnderTest): void {
  const { heap } = setUp(subject);
  for (let size = 1; size < 200; size += 7) heap.allocate(size, 8);
  const { regionBytes, liveBytes, freeBytes, overheadBytes } = heap.stats();
  const sum = liveBytes + freeBytes + overheadBytes;
  demand(sum === regionBytes, `live, free and overhead are ${sum} of ${regionBytes} bytes`);
  demand(overheadBytes > 0, 'there is no overhead');
}

function verifyDamageSeen(subject: HeapUnderTest): void {
  for (const word of [0, 1, 0x7fff_fff9, 0xffff_ffff]) {
    const { heap, memory, base } = setUp(subject);
    const block = heap.allocate(40, 8);
    heap.allocate(40, 8);
    const place = subject.traits.hasHeaders ? block - 4 - base : 0;
    memory.store32(place, word);
    demand(heap.check().length > 0, `check() does not see ${word} at ${place}`);
  }
}

/** Overwrites words at random among the calls; whatever the heap then does, it must end. */
function verifyDamageEnds({ make, region, seeds = 400 }: HeapUnderTest): void {
  const size = 1024;
  for (let seed = 1; seed <= seeds; seed++) {
    const random = new Random(seed);
    const { memory: inner, base } = region(size);
    const memory = new MeteredMemory(inner, 8 * size);
    const heap = make(memory, base, size);
    const blocks = exhaust(heap, 8).filter(() => random.oneIn(2));
    memory.restart();
    for (const block of blocks) heap.deallocate(block, 8, 8);
    for (let round = 0; round < 40; round++) {
      const word = random.oneIn(2) ? random.below(size) : random.next();
      inner.store32(random.below(size >> 2) * 4, word & ~(random.oneIn(2) ? 7 : 0));
      memory.restart();
      callAny(heap, random, base + random.below(size >> 3) * 8);
    }
  }
}

function callAny(heap: Heap, random: Random, address: number): void {
  const calls: readonly (() => unknown)[] = [
    () => heap.allocate(random.between(1, 300), 8),
    () => heap.allocate(random.between(1, 60), 64),
    () => heap.deallocate(address, 0, 8),
    () => heap.reallocate(address, 0, 8, random.between(1, 300)),
    () => heap.reallocateInPlace(address, 0, 8, random.between(1, 300)),
    () => heap.usableSize(address),
    () => heap.stats(),
    () => heap.check(),
  ];
  random.pick(calls)();
}

/** The rules, for a runner to go through. */
export const HEAP_RULES: readonly HeapRule[] = [
  { id: 'H1', title: 'blocks are aligned, inside, large enough', verify: verifyAlignment },
  { id: 'H2', title: 'a refused request changes nothing', verify: verifyRefusals },
  { id: 'H3', title: 'a full heap refuses, and is whole again', verify: verifyExhaustion },
  { id: 'H4', title: 'holes fragment, and merge on both sides', verify: verifyFragmentation },
  { id: 'H5', title: 'an empty heap can be taken in one block', verify: verifyWholeHole },
  { id: 'H6', title: 'two objects over the same bytes are one heap', verify: verifyAttach },
  { id: 'H7', title: 'a double free is seen and changes nothing', verify: verifyDoubleFree },
  {
    id: 'H8',
    title: 'a foreign pointer is seen and changes nothing',
    verify: verifyForeignPointer,
  },
  { id: 'H9', title: 'zeroed memory is zero where it was used before', verify: verifyZeroed },
  { id: 'H10', title: 'resizing stays or moves, and keeps the bytes', verify: verifyResizing },
  { id: 'H11', title: 'the figures add up to the region', verify: verifyFigures },
  { id: 'H12', title: 'check() sees a word that was overwritten', verify: verifyDamageSeen },
  { id: 'H13', title: 'every call ends, whatever was overwritten', verify: verifyDamageEnds },
];
