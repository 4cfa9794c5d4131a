/**
 * Keeps translations true to the code they came from. A store into a watched page is told by the
 * memory and drops the translations it hits. A page that is stored to again and again beside its
 * code (data that shares a page with it) is trusted instead: its stores are fast and untold, and
 * its translations are compared with memory at the guest's next instruction barrier, before which
 * these architectures let old code run. On x86-64 no page is trusted: there a store is seen by the
 * next instruction.
 *
 * @see Arm v7-M Architecture Reference Manual A3.7; RISC-V Unprivileged ISA, Zifencei; Intel SDM
 *   volume 3, 8.1.3
 */
import type { CpuMemory } from '../cpu-memory.ts';
import type { Isa } from '../isa.ts';
import type { BlockCache } from './block-cache.ts';
import type { BlockEntry } from './block-entry.ts';
import type { RegionCache } from './region-cache.ts';

/** Slow stores into one page of code after which it is trusted. */
const TRUST_AFTER = 1000;
const PAGE_BYTES = 4096;

export class CodePages {
  /** Translations dropped so far. */
  dropped = 0;
  private readonly blocks: BlockCache;
  private readonly regions: RegionCache;
  private readonly memory: CpuMemory;
  private readonly stores = new Map<number, number>();
  private readonly trusted = new Set<number>();
  private readonly isCoherent: boolean;

  constructor(isa: Isa, blocks: BlockCache, regions: RegionCache, memory: CpuMemory) {
    this.isCoherent = isa.seesStoresToCode;
    this.blocks = blocks;
    this.regions = regions;
    this.memory = memory;
    memory.onCodeWrite = (address, size) => this.invalidate(address, size);
    memory.onCodeChange = (start, length) => this.changed(start, length);
  }

  /** Drops the translations that overlap [start, start + length). */
  invalidate(start: number, length: number): void {
    this.dropAll(this.blocks.overlapping(start, length), true);
  }

  /** Counts a slow store. */
  noteSlowStore(address: number): void {
    if (this.isCoherent || !this.blocks.knowsPage(address)) return;
    const page = Math.floor(address / PAGE_BYTES);
    const count = (this.stores.get(page) ?? 0) + 1;
    this.stores.set(page, count);
    if (count !== TRUST_AFTER) return;
    this.trusted.add(page);
    this.memory.trustPage(page * PAGE_BYTES);
  }

  /** The guest asked that changed code be seen: compares what was stored to untold. */
  revalidate(): void {
    for (const page of this.trusted) {
      const entries = [...this.blocks.overlapping(page * PAGE_BYTES, PAGE_BYTES)];
      this.dropAll(
        entries.filter((entry) => !this.blocks.isCurrent(entry)),
        true,
      );
    }
  }

  private dropAll(entries: Iterable<BlockEntry>, isWatched: boolean): void {
    for (const entry of entries) {
      this.regions.dropRegionsOf(entry, isWatched);
      this.blocks.drop(entry, isWatched);
      this.dropped++;
    }
  }

  private changed(start: number, length: number): void {
    // The memory ended its watches of these pages by itself.
    this.dropAll(this.blocks.overlapping(start, length), false);
    for (const page of this.trusted) {
      const address = page * PAGE_BYTES;
      if (address >= start && address < start + length) {
        this.trusted.delete(page);
        this.stores.delete(page);
      }
    }
  }
}
