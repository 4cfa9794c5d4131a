/**
 * Translation blocks by the pc and context they start at, lifted when first asked for, and dropped
 * when their code or the breakpoints in it change.
 */
import type { CpuMemory, WideCpuMemory } from '../cpu-memory.ts';
import type { ValueType } from '../ir/operation.ts';
import { BlockBuilder, type TranslationBlock } from '../ir/translation-block.ts';
import type { Isa } from '../isa.ts';
import type { BlockEntry } from './block-entry.ts';
import type { BlockLibrary, LiftedBlock } from './block-library.ts';
import type { TranslationCounters } from './translation-counters.ts';

/** Instructions of a translation block at most. */
const BLOCK_INSTRUCTIONS = 100;
const PAGE_BYTES = 4096;
const HIGH_UNIT = 2 ** 32;

/** Bytes of code that are fetched at once where instructions have any length. */
const WORD_BYTES = 4;
const NO_WORD = 0.5;
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
  private readonly types: readonly ValueType[];
  private readonly entries = new Map<number, BlockEntry>();
  private readonly pages = new Map<number, Set<BlockEntry>>();
  private readonly fast: (BlockEntry | null)[] = new Array<BlockEntry | null>(FAST_ENTRIES).fill(
    null,
  );
  /** The word of code that {@link fetchByte} has; it is read anew for each block. */
  private wordStart = NO_WORD;
  private word = 0;
  private readonly fetch = (address: number): number => this.fetchUnit(address);

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
    this.types = isa.registers.map(({ type }) => type);
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
    this.wordStart = NO_WORD;
    return this.holds(entry.pc, entry.lifted.units);
  }

  /** Whether memory has these units of code at a pc. */
  private holds(pc: number, units: Uint16Array): boolean {
    const { fetchBytes } = this.isa;
    for (let index = 0; index < units.length; index++) {
      if (this.fetchUnit(pc + index * fetchBytes) !== units[index]) {
        this.memory.faulted = false;
        return false;
      }
    }
    return true;
  }

  private translate(pc: number, context: number): BlockEntry | null {
    const begun = this.counters.begin();
    this.wordStart = NO_WORD;
    const lent = this.borrow(pc, context);
    const entry = lent === null ? this.lift(pc, context) : this.enter(lent, context);
    this.counters.end(begun);
    return entry;
  }

  private lift(pc: number, context: number): BlockEntry | null {
    const builder = new BlockBuilder(pc, context, this.types);
    const page = Math.floor(pc / PAGE_BYTES);
    while (!builder.ended) {
      const at = builder.instructionPc;
      const count = builder.instructionCount;
      if (count > 0) {
        if (Math.floor(at / PAGE_BYTES) !== page || this.breakpoints.has(at)) break;
        if (count >= BLOCK_INSTRUCTIONS && builder.context === 0) break;
      }
      if (!this.isa.lift(builder, this.fetch)) {
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
    return this.holds(pc, lent.units) ? lent : null;
  }

  private unitsOf({ pc, end }: TranslationBlock): Uint16Array {
    const { fetchBytes } = this.isa;
    return Uint16Array.from({ length: (end - pc) / fetchBytes }, (_, index) =>
      this.fetchUnit(pc + index * fetchBytes),
    );
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

  private fetchUnit(address: number): number {
    return this.isa.fetchBytes === 1 ? this.fetchByte(address) : this.fetchAt(address, 2);
  }

  /** A byte out of the aligned word around it, which lies in one page: a fault is the byte's own. */
  private fetchByte(address: number): number {
    const start = address - (address & (WORD_BYTES - 1));
    if (start !== this.wordStart) {
      this.wordStart = start;
      this.word = this.fetchAt(start, WORD_BYTES);
      if (this.memory.faulted) {
        this.wordStart = NO_WORD;
        return this.faultOfByte(address);
      }
    }
    return (this.word >>> ((address & (WORD_BYTES - 1)) * 8)) & 0xff;
  }

  /** The fault of a word as the byte's own; a guard page has told of the access, and does so once. */
  private faultOfByte(address: number): number {
    const { memory } = this;
    if (memory.fault.kind === 'guard') {
      memory.fault.address = address;
      memory.fault.size = 1;
      return -1;
    }
    memory.faulted = false;
    return this.fetchAt(address, 1);
  }

  private fetchAt(address: number, size: number): number {
    const { memory } = this;
    const unit =
      this.isa.addressType === 'i32'
        ? memory.fetchSlow(address >>> 0, size)
        : (memory as WideCpuMemory).fetchSlowAt(address | 0, Math.floor(address / HIGH_UNIT), size);
    return memory.faulted ? -1 : unit;
  }

  /** A pc as a number of the address space, whose end wraps to 0 where it has 32 bits. */
  private pcOf(address: number): number {
    return this.isa.addressType === 'i32' ? address >>> 0 : address;
  }
}
