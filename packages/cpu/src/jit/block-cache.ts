/**
 * Translation blocks by the pc and context they start at, lifted when first asked for, and dropped
 * when their code or the breakpoints in it change.
 */
import type { CpuMemory } from '../cpu-memory.ts';
import type { Expression } from '../ir/expression.ts';
import { BlockBuilder, registersOf, type TranslationBlock } from '../ir/translation-block.ts';
import type { Isa } from '../isa.ts';
import type { BlockEntry } from './block-entry.ts';
import type { BlockLibrary, LiftedBlock } from './block-library.ts';
import { CodeReader } from './code-reader.ts';
import type { TranslationCounters } from './translation-counters.ts';

/** Instructions of a translation block at most. */
const BLOCK_INSTRUCTIONS = 100;
const PAGE_BYTES = 4096;
const FAST_ENTRIES = 8192;
/** Contexts are 8 bits (ITSTATE); a key is exact below 2^53. */
const CONTEXT_FACTOR = 2 ** 40;

export class BlockCache {
  readonly breakpoints: Set<number> = new Set<number>();
  /** Addresses behind the calls of blocks lifted so far. */
  readonly returnSites: Set<number> = new Set<number>();
  private readonly isa: Isa;
  private readonly memory: CpuMemory;
  private readonly library: BlockLibrary | null;
  private readonly counters: TranslationCounters;
  private readonly registers: readonly Expression[];
  private readonly entries = new Map<number, BlockEntry>();
  private readonly pages = new Map<number, Set<BlockEntry>>();
  private readonly fast: (BlockEntry | null)[] = new Array<BlockEntry | null>(FAST_ENTRIES).fill(
    null,
  );
  private readonly code: CodeReader;

  constructor(
    isa: Isa,
    memory: CpuMemory,
    library: BlockLibrary | null,
    counters: TranslationCounters,
  ) {
    this.library = library;
    this.counters = counters;
    this.isa = isa;
    this.memory = memory;
    this.code = new CodeReader(isa, memory);
    this.registers = registersOf(isa);
  }

  /** The block at `pc`; null when its first instruction cannot be fetched: the fault is recorded. */
  at(pc: number, context: number): BlockEntry | null {
    const fast = this.fast[(pc >>> 1) & (FAST_ENTRIES - 1)]!;
    if (fast !== null && fast.pc === pc && fast.context === context) return fast;
    const entry = this.entries.get(pc + context * CONTEXT_FACTOR) ?? this.translate(pc, context);
    if (entry !== null) this.fast[(pc >>> 1) & (FAST_ENTRIES - 1)] = entry;
    return entry;
  }

  /** Whether code of this page was lifted. */
  knowsPage(pc: number): boolean {
    return this.pages.has(Math.floor(pc / PAGE_BYTES));
  }

  /** The block at `pc` if it was lifted before. */
  known(pc: number, context: number): BlockEntry | null {
    return this.entries.get(pc + context * CONTEXT_FACTOR) ?? null;
  }

  /** Blocks that overlap [start, start + length). */
  overlapping(start: number, length: number): Set<BlockEntry> {
    const found = new Set<BlockEntry>();
    const end = start + length;
    const firstPage = Math.floor(start / PAGE_BYTES);
    const lastPage = Math.floor((end - 1) / PAGE_BYTES);
    const collect = (set: Iterable<BlockEntry>): void => {
      for (const entry of set) {
        if (entry.block.pc < end && entry.block.end > start) found.add(entry);
      }
    };
    if (lastPage - firstPage > this.pages.size) {
      for (const set of this.pages.values()) collect(set);
    } else {
      for (let page = firstPage; page <= lastPage; page++) collect(this.pages.get(page) ?? []);
    }
    return found;
  }

  /** Forgets a block; `isWatched`: whether the memory still watches its code. */
  drop(entry: BlockEntry, isWatched: boolean): void {
    entry.dropped = true;
    const { pc, end } = entry.block;
    if (isWatched) this.memory.unwatchCode(pc, end - pc);
    this.entries.delete(entry.pc + entry.context * CONTEXT_FACTOR);
    const index = (entry.pc >>> 1) & (FAST_ENTRIES - 1);
    if (this.fast[index] === entry) this.fast[index] = null;
    for (const page of this.pagesOf(entry)) {
      const set = this.pages.get(page);
      set?.delete(entry);
      if (set?.size === 0) this.pages.delete(page);
    }
  }

  /** Whether memory still holds what the block was lifted from. */
  isCurrent(entry: BlockEntry): boolean {
    this.code.begin();
    return this.code.holds(entry.pc, entry.lifted.units);
  }

  private translate(pc: number, context: number): BlockEntry | null {
    const begun = this.counters.begin();
    this.code.begin();
    const lent = this.borrow(pc, context);
    const entry = lent === null ? this.lift(pc, context) : this.enter(lent, context);
    this.counters.end(begun);
    return entry;
  }

  private lift(pc: number, context: number): BlockEntry | null {
    const builder = new BlockBuilder(pc, context, this.registers);
    const page = Math.floor(pc / PAGE_BYTES);
    while (!builder.ended) {
      const at = builder.instructionPc;
      const count = builder.instructionCount;
      if (count > 0) {
        if (Math.floor(at / PAGE_BYTES) !== page || this.breakpoints.has(at)) break;
        if (count >= BLOCK_INSTRUCTIONS && builder.context === 0) break;
      }
      if (!this.isa.lift(builder, this.code)) {
        if (count === 0) return null;
        this.memory.faulted = false;
        break;
      }
    }
    const block = builder.build();
    const lifted = { block, units: this.unitsOf(block) };
    this.library?.add(lifted);
    this.counters.blocks++;
    return this.enter(lifted, context);
  }

  /** A block of another engine's, if memory has the same code here and no breakpoint is in it. */
  private borrow(pc: number, context: number): LiftedBlock | null {
    const lent = this.library?.find(pc, context) ?? null;
    if (lent === null) return null;
    for (const breakpoint of this.breakpoints) {
      if (breakpoint >= pc && breakpoint < lent.block.end) return null;
    }
    return this.code.holds(pc, lent.units) ? lent : null;
  }

  private unitsOf({ pc, end }: TranslationBlock): Uint16Array {
    return this.code.units(pc, (end - pc) / this.isa.fetchBytes);
  }

  private enter(lifted: LiftedBlock, context: number): BlockEntry {
    const { block } = lifted;
    const { pc, end } = block;
    const entry: BlockEntry = {
      pc,
      context,
      block,
      lifted,
      heat: 0,
      region: null,
      regions: null,
      isHot: false,
      isSought: false,
      dropped: false,
    };
    this.entries.set(pc + context * CONTEXT_FACTOR, entry);
    for (const page of this.pagesOf(entry)) {
      const set = this.pages.get(page) ?? new Set<BlockEntry>();
      set.add(entry);
      this.pages.set(page, set);
    }
    if (block.exit.kind === 'call') this.returnSites.add(this.pcOf(block.exit.returnTo));
    this.memory.watchCode(pc, end - pc);
    return entry;
  }

  private pagesOf({ block }: BlockEntry): number[] {
    const first = Math.floor(block.pc / PAGE_BYTES);
    const last = Math.floor((block.end - 1) / PAGE_BYTES);
    return first === last ? [first] : [first, last];
  }

  /** A pc as a number of the address space, whose end wraps to 0 where it has 32 bits. */
  private pcOf(address: number): number {
    return this.isa.addressType === 'i32' ? address >>> 0 : address;
  }
}
