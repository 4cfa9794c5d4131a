/**
 * Keeps translations true to the code they came from. A store into a watched page is told by the
 * memory and drops the translations it hits. A page that is stored to again and again beside its
 * code (data that shares a page with it) is trusted instead: its stores are fast and untold, and
 * its translations are compared with memory at the guest's next instruction barrier, before which
 * both architectures let old code run.
 *
 * @see Arm v7-M Architecture Reference Manual A3.7; RISC-V Unprivileged ISA, Zifencei
 */
import type { CpuMemory } from '../cpu-memory.ts';
import type { BlockCache } from './block-cache.ts';
import type { RegionCache } from './region-cache.ts';

/** Slow stores into one page of code after which it is trusted. */
const TRUST_AFTER = 1000;
const PAGE_BYTES = 4096;

export class CodePages {
  private readonly blocks: BlockCache;
  private readonly regions: RegionCache;
  private readonly memory: CpuMemory;
  private readonly stores = new Map<number, number>();
  private readonly trusted = new Set<number>();

  constructor(blocks: BlockCache, regions: RegionCache, memory: CpuMemory) {
    this.blocks = blocks;
    this.regions = regions;
    this.memory = memory;
    memory.onCodeWrite = (address, size) => this.invalidate(address, size);
    memory.onCodeChange = (start, length) => this.changed(start, length);
  }

  /** Drops the translations that overlap [start, start + length). */
  invalidate(start: number, length: number): void {
    for (const entry of this.blocks.overlapping(start, length)) {
      this.regions.dropRegionsOf(entry);
      this.blocks.drop(entry);
    }
  }

  /** Counts a slow store. */
  noteSlowStore(address: number): void {
    const page = Math.floor(address / PAGE_BYTES);
    if (!this.blocks.knowsPage(address)) return;
    const count = (this.stores.get(page) ?? 0) + 1;
    this.stores.set(page, count);
    if (count !== TRUST_AFTER) return;
    this.trusted.add(page);
    this.memory.trustPage(page * PAGE_BYTES);
  }

  /** The guest asked that changed code be seen: compares what was stored to untold. */
  revalidate(): void {
    for (const page of this.trusted) {
      for (const entry of this.blocks.overlapping(page * PAGE_BYTES, PAGE_BYTES)) {
        if (this.blocks.isCurrent(entry)) continue;
        this.regions.dropRegionsOf(entry);
        this.blocks.drop(entry);
      }
    }
  }

  private changed(start: number, length: number): void {
    this.invalidate(start, length);
    for (const page of this.trusted) {
      const address = page * PAGE_BYTES;
      if (address >= start && address < start + length) {
        this.trusted.delete(page);
        this.stores.delete(page);
      }
    }
  }
}
