/**
 * A heap that asks a page source for another region when it is full: any strategy, any source. In
 * each region lies a heap of the strategy, whole in its bytes; the list of regions is this
 * object's. Regions double, so that a call goes through few of them.
 *
 *   source   +----------+   +--------------------+   +-------------------------------------- -+
 *            | heap     |   | heap               |   | heap                                   |
 *            +----------+   +--------------------+   +-------------------------------------- -+
 *            firstBytes      twice as large          twice as large, or what a request needs
 *
 * A region that is empty goes back to the source as soon as a second one is; one is kept, so that
 * a program that frees and allocates one block does not ask the source each time. Its heap begins
 * anew when it has no room although it is empty, as with strategies that only move on.
 */
import { assert } from '../assert.ts';
import { isTooLarge } from '../block-header.ts';
import { type DebugFinding, isWatchful, type WatchfulHeap } from '../debug/debug-finding.ts';
import {
  type Heap,
  type HeapStats,
  MISUSE_INVALID,
  MISUSE_NONE,
  type Misuse,
  printStats,
} from '../heap.ts';
import type { HeapMemory } from '../heap-memory.ts';
import { NO_MEMORY, type PageSource } from '../page-source.ts';
import type { Strategy } from '../strategies.ts';
import { copyBetween } from './memory-copy.ts';

/** The memory of a region that the source handed out. */
export type RegionMemory = (address: number, bytes: number) => HeapMemory;

interface Region {
  readonly base: number;
  readonly bytes: number;
  readonly memory: HeapMemory;
  heap: Heap;
  liveBlocks: number;
  /** Whether its heap has handed out nothing yet. */
  isFresh: boolean;
}

/** Bytes at the start of a region that are cleared, so that no heap of before is taken for one. */
const CLEARED_BYTES = 64;
/** How much larger than a request a region is tried: strategies round up and keep tables. */
const ROOM: readonly number[] = [1, 2, 4];
const LARGEST_REGION = 2 ** 30;

const NO_FINDINGS: readonly DebugFinding[] = [];

export class GrowingHeap implements WatchfulHeap {
  readonly name: string;
  steps = 0;
  worstSteps = 0;
  private readonly strategy: Strategy;
  private readonly source: PageSource;
  private readonly memoryAt: RegionMemory;
  private readonly firstBytes: number;
  private readonly regions: Region[] = [];
  private emptyRegions = 0;
  /** What was found in heaps of regions that are there no more, and is still to be told. */
  private untold = NO_FINDINGS;

  /** @param firstBytes  size of the first region, before rounding to the source's granularity */
  constructor(
    name: string,
    strategy: Strategy,
    source: PageSource,
    memoryAt: RegionMemory,
    firstBytes = 4096,
  ) {
    assert(source.granularityBytes % 8 === 0, 'regions must be multiples of 8 bytes');
    this.name = name;
    this.strategy = strategy;
    this.source = source;
    this.memoryAt = memoryAt;
    this.firstBytes = Math.max(firstBytes, strategy.leastBytes);
  }

  /**
   * The same heap where its bytes were copied to, as fork copies a process: it goes on alone from
   * here, with a source and memory of its own.
   */
  copy(source: PageSource, memoryAt: RegionMemory): GrowingHeap {
    const { name, strategy, firstBytes } = this;
    const copied = new GrowingHeap(name, strategy, source, memoryAt, firstBytes);
    for (const { base, bytes, liveBlocks, isFresh } of this.regions) {
      const memory = memoryAt(base, bytes);
      const heap = strategy.make(memory, base, bytes);
      copied.regions.push({ base, bytes, memory, heap, liveBlocks, isFresh });
    }
    copied.emptyRegions = this.emptyRegions;
    return copied;
  }

  /** How many regions there are now. */
  get regionCount(): number {
    return this.regions.length;
  }

  allocate(size: number, align: number): number {
    this.steps = 0;
    const address = isTooLarge(size, align) ? 0 : this.take(size, align);
    this.note();
    return address;
  }

  allocateZeroed(size: number, align: number): number {
    const address = this.allocate(size, align);
    if (address !== 0) {
      const { memory, base } = this.regionOf(address)!;
      memory.fill(address - base, size, 0);
    }
    return address;
  }

  deallocate(address: number, size: number, align: number): Misuse {
    this.steps = 1;
    const region = this.regionOf(address);
    if (region === null) return MISUSE_INVALID;
    const misuse = region.heap.deallocate(address, size, align);
    this.steps += region.heap.steps;
    if (misuse === MISUSE_NONE) {
      region.liveBlocks--;
      if (region.liveBlocks === 0) this.emptied(region);
    }
    this.note();
    return misuse;
  }

  reallocate(address: number, oldSize: number, align: number, newSize: number): number {
    this.steps = 1;
    const region = this.regionOf(address);
    if (region === null) return 0;
    const moved = region.heap.reallocate(address, oldSize, align, newSize);
    const steps = this.steps + region.heap.steps;
    const usable = moved === 0 ? region.heap.usableSize(address) : 0;
    if (moved !== 0 || usable === 0) {
      this.steps = steps;
      this.note();
      return moved;
    }
    const elsewhere = this.allocate(newSize, align);
    this.steps += steps;
    if (elsewhere !== 0) this.move(region, address, elsewhere, Math.min(usable, newSize));
    this.note();
    return elsewhere;
  }

  reallocateInPlace(address: number, oldSize: number, align: number, newSize: number): boolean {
    this.steps = 1;
    const heap = this.regionOf(address)?.heap;
    const done = heap?.reallocateInPlace(address, oldSize, align, newSize) ?? false;
    this.steps += heap?.steps ?? 0;
    this.note();
    return done;
  }

  usableSize(address: number): number {
    return this.regionOf(address)?.heap.usableSize(address) ?? 0;
  }

  stats(): HeapStats {
    const all = this.regions.map(({ heap }) => heap.stats());
    const sum = (of: (stats: HeapStats) => number): number =>
      all.reduce((total, stats) => total + of(stats), 0);
    return {
      regionBytes: sum((stats) => stats.regionBytes),
      liveBytes: sum((stats) => stats.liveBytes),
      liveBlocks: sum((stats) => stats.liveBlocks),
      freeBytes: sum((stats) => stats.freeBytes),
      freeBlocks: sum((stats) => stats.freeBlocks),
      largestFreeBytes: Math.max(0, ...all.map((stats) => stats.largestFreeBytes)),
      overheadBytes: sum((stats) => stats.overheadBytes),
    };
  }

  statsPrint(print: (line: string) => void): void {
    printStats(this.name, this.stats(), print);
    print(`  regions   ${this.regions.length}`);
  }

  check(): string[] {
    return this.regions.flatMap(({ base, heap, liveBlocks }) => {
      const wrong = heap.check().map((what) => `region at ${base}: ${what}`);
      if (wrong.length === 0 && heap.stats().liveBlocks !== liveBlocks)
        wrong.push(`region at ${base} has not ${liveBlocks} live blocks`);
      return wrong;
    });
  }

  /** What a strategy that looks for damage found in any region since the last time. */
  takeFindings(): readonly DebugFinding[] {
    let found = this.untold;
    this.untold = NO_FINDINGS;
    for (const { heap } of this.regions) found = withFindingsOf(heap, found);
    return found;
  }

  /** Lets a strategy that looks for damage look at every region. */
  sweep(): void {
    for (const { heap } of this.regions) if (isWatchful(heap)) heap.sweep();
  }

  /** From the newest region with room, or from a new one; the address, or 0. */
  private take(size: number, align: number): number {
    for (let index = this.regions.length - 1; index >= 0; index--) {
      const address = this.takeFrom(this.regions[index]!, size, align);
      if (address !== 0) return address;
    }
    return this.takeFromNew(size, align);
  }

  private takeFrom(region: Region, size: number, align: number): number {
    let address = region.heap.allocate(size, align);
    this.steps += 1 + region.heap.steps;
    if (address === 0 && this.renew(region, size + align)) {
      address = region.heap.allocate(size, align);
      this.steps += 1 + region.heap.steps;
    }
    if (address !== 0) {
      if (region.liveBlocks === 0) this.emptyRegions--;
      region.liveBlocks++;
      region.isFresh = false;
    }
    return address;
  }

  /** Makes the heap of an empty region anew: some strategies hand nothing out a second time. */
  private renew(region: Region, bytes: number): boolean {
    if (region.liveBlocks > 0 || region.isFresh || bytes > region.bytes) return false;
    this.untold = withFindingsOf(region.heap, this.untold);
    region.memory.fill(0, CLEARED_BYTES, 0);
    region.heap = this.strategy.make(region.memory, region.base, region.bytes);
    region.isFresh = true;
    return true;
  }

  private takeFromNew(size: number, align: number): number {
    const last = this.regions.at(-1)?.bytes ?? 0;
    const needed = size + align + this.strategy.leastBytes + CLEARED_BYTES;
    const wished = Math.max(needed, last === 0 ? this.firstBytes : 2 * last);
    let tooSmall = 0;
    for (const bytes of [wished, ...ROOM.map((room) => room * needed)]) {
      if (bytes <= tooSmall || bytes > LARGEST_REGION) continue;
      const region = this.grow(bytes);
      if (region === null) continue;
      const address = this.takeFrom(region, size, align);
      if (address !== 0) return address;
      tooSmall = region.bytes;
      this.drop(region);
    }
    return 0;
  }

  private grow(wished: number): Region | null {
    const { granularityBytes, isZeroed } = this.source;
    const bytes = Math.ceil(wished / granularityBytes) * granularityBytes;
    const base = this.source.reserve(bytes);
    if (base === NO_MEMORY) return null;
    const memory = this.memoryAt(base, bytes);
    if (!isZeroed) memory.fill(0, CLEARED_BYTES, 0);
    const heap = this.strategy.make(memory, base, bytes);
    const region = { base, bytes, memory, heap, liveBlocks: 0, isFresh: true };
    this.regions.push(region);
    this.emptyRegions++;
    return region;
  }

  /** Gives an empty region back when another is empty, too, and the source takes it. */
  private emptied(region: Region): void {
    this.emptyRegions++;
    if (this.emptyRegions < 2 || this.source.release === 'never') return;
    const last = this.regions.at(-1)!;
    this.drop(last.liveBlocks === 0 ? last : region);
  }

  /** Gives an empty region back; where the source does not take it, it stays one of the heap's. */
  private drop(region: Region): void {
    if (!this.source.giveBack(region.base, region.bytes)) return;
    this.regions.splice(this.regions.indexOf(region), 1);
    this.untold = withFindingsOf(region.heap, this.untold);
    this.emptyRegions--;
  }

  private move(from: Region, address: number, elsewhere: number, bytes: number): void {
    const to = this.regionOf(elsewhere)!;
    copyBetween(to.memory, elsewhere - to.base, from.memory, address - from.base, bytes);
    from.heap.deallocate(address, 0, 1);
    this.steps += from.heap.steps;
    from.liveBlocks--;
    if (from.liveBlocks === 0) this.emptied(from);
  }

  private regionOf(address: number): Region | null {
    for (const region of this.regions) {
      if (address >= region.base && address < region.base + region.bytes) return region;
    }
    return null;
  }

  private note(): void {
    if (this.steps > this.worstSteps) this.worstSteps = this.steps;
  }
}

function withFindingsOf(heap: Heap, found: readonly DebugFinding[]): readonly DebugFinding[] {
  const taken = isWatchful(heap) ? heap.takeFindings() : NO_FINDINGS;
  return taken.length === 0 ? found : [...found, ...taken];
}
