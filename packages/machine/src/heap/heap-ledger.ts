/**
 * What is known of the program's blocks: the live ones by address, the last freed ones, and the
 * counts. An allocation is known by its ordinal; its address comes back, its ordinal never.
 */
import type { Moment } from '@bareheap/inspect';

export interface LedgerBlock {
  readonly ordinal: number;
  readonly address: number;
  readonly size: number;
  /** Which of several heaps has it; 0 where there is one. */
  readonly heap: number;
  readonly allocatedAt: Moment;
  freedAt: Moment | null;
  /** Kind of the damage that was told of it last: what stays damaged is not told again. */
  damage: string | null;
}

/** Freed blocks that are remembered, so that a late access can be explained. */
const FREED_LIMIT = 4096;
/** Bytes of a copied block's record; 165 were measured in Node 20. */
const BLOCK_RECORD_BYTES = 165;

export class HeapLedger {
  allocations = 0;
  frees = 0;
  reallocations = 0;
  failures = 0;
  bytesTotal = 0;
  bytesLive = 0;
  bytesPeak = 0;
  blocksPeak = 0;
  /** Highest end of any block so far. */
  highest = 0;
  readonly live: Map<number, LedgerBlock> = new Map<number, LedgerBlock>();
  /** The live blocks of each of several heaps. */
  private readonly heaps = new Map<number, Set<LedgerBlock>>();
  private readonly freed: LedgerBlock[] = [];
  private ordinals = 0;

  /** Bytes of the host's memory that a copy takes, about. */
  get copyBytes(): number {
    return this.live.size * BLOCK_RECORD_BYTES;
  }

  /** The books of a copy of the program, as fork makes it. */
  copy(): HeapLedger {
    const copied = new HeapLedger();
    copied.ordinals = this.ordinals;
    copied.highest = this.highest;
    copied.bytesLive = this.bytesLive;
    for (const block of this.live.values()) copied.enter({ ...block });
    return copied;
  }

  /** Notes a new block and returns its identity. One that is noted there was ended unseen. */
  allocated(address: number, size: number, at: Moment, heap = 0): number {
    if (this.live.has(address)) this.released(address, at);
    const ordinal = ++this.ordinals;
    const block = { ordinal, address, size, heap, allocatedAt: at, freedAt: null, damage: null };
    this.enter(block);
    this.bytesTotal += size;
    this.bytesLive += size;
    this.bytesPeak = Math.max(this.bytesPeak, this.bytesLive);
    this.blocksPeak = Math.max(this.blocksPeak, this.live.size);
    this.highest = Math.max(this.highest, address + size);
    return ordinal;
  }

  /** Notes the end of a block; null when none is live there. */
  released(address: number, at: Moment): LedgerBlock | null {
    const block = this.live.get(address);
    if (block === undefined) return null;
    this.live.delete(address);
    if (block.heap !== 0) this.heaps.get(block.heap)?.delete(block);
    this.bytesLive -= block.size;
    block.freedAt = at;
    this.freed.push(block);
    if (this.freed.length > FREED_LIMIT) this.freed.shift();
    return block;
  }

  /** Notes the end of one of several heaps, and with it of all its blocks. */
  releasedHeap(heap: number, at: Moment): void {
    for (const { address } of this.heaps.get(heap) ?? []) this.released(address, at);
    this.heaps.delete(heap);
  }

  /** The last freed block that held an address. */
  freedAt(address: number): LedgerBlock | null {
    for (let index = this.freed.length - 1; index >= 0; index--) {
      const block = this.freed[index]!;
      if (address >= block.address && address < block.address + Math.max(1, block.size))
        return block;
    }
    return null;
  }

  /** The live block that holds an address, or the nearest one within `reach` bytes of it. */
  near(address: number, reach: number): LedgerBlock | null {
    let best: LedgerBlock | null = null;
    let bestDistance = reach + 1;
    for (const block of this.live.values()) {
      const end = block.address + block.size;
      const distance =
        address < block.address ? block.address - address : Math.max(0, address - end + 1);
      if (distance < bestDistance) {
        best = block;
        bestDistance = distance;
      }
    }
    return best;
  }

  /** The longest run of bytes in [start, end) that no live block covers. */
  largestGap(start: number, end: number): number {
    const blocks = [...this.live.values()].sort((a, b) => a.address - b.address);
    let largest = 0;
    let cursor = start;
    for (const block of blocks) {
      largest = Math.max(largest, block.address - cursor);
      cursor = Math.max(cursor, block.address + block.size);
    }
    return Math.max(largest, end - cursor);
  }

  private enter(block: LedgerBlock): void {
    this.live.set(block.address, block);
    if (block.heap === 0) return;
    const blocks = this.heaps.get(block.heap);
    if (blocks === undefined) this.heaps.set(block.heap, new Set([block]));
    else blocks.add(block);
  }
}
