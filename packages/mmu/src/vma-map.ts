/**
 * The set of a space's VMAs: what the guest asked for, by address, never overlapping. Look-ups,
 * edits and placement of a new mapping take O(log n): see gap-tree.ts.
 */
import { assert } from './assert.ts';
import { GapTree } from './gap-tree.ts';

/** A maximal range of pages with the same properties; addresses in bytes, page multiples. */
export interface Vma<Backing> {
  readonly start: number;
  readonly end: number;
  readonly protection: number;
  readonly name: string;
  readonly backing: Backing;
  /** The platform's own marks; VMAs with different ones stay apart. */
  readonly flags: number;
  /** Each page faults once, as `guard`, when first touched; it is then no guard any more. */
  readonly guard: boolean;
}

/** Of Windows' reservations: what VirtualAlloc aligns to. */
const ALLOCATION_GRANULARITY = 65536;

/** Bytes of the host's memory for a VMA and its node; 150 to 275 were measured in Node 20. */
const RECORD_BYTES = 256;

export class VmaMap<B> {
  private readonly tree: GapTree;
  /** By node of the tree. */
  private readonly vmas: (Vma<B> | null)[] = [null];
  private count = 0;
  private total = 0;
  /** What find() found last: faults come in runs. */
  private last: Vma<B> | null = null;

  /** @param granule  the alignment, in bytes, that aligned placement is indexed for */
  constructor(granule: number = ALLOCATION_GRANULARITY) {
    this.tree = new GapTree(granule);
  }

  /** VMAs. */
  get size(): number {
    return this.count;
  }

  /** Bytes of the host's memory that the map takes, about. */
  get recordBytes(): number {
    return this.count * RECORD_BYTES;
  }

  /** Bytes that lie in a VMA. */
  get bytes(): number {
    return this.total;
  }

  /** The VMA that holds an address, or null. */
  find(address: number): Vma<B> | null {
    const { last } = this;
    if (last !== null && last.start <= address && address < last.end) return last;
    const vma = this.firstEndingAfter(address);
    if (vma === null || vma.start > address) return null;
    this.last = vma;
    return vma;
  }

  /** The lowest VMA whose end is above an address, or null. */
  firstEndingAfter(address: number): Vma<B> | null {
    return this.vmas[this.tree.firstEndingAfter(address)]!;
  }

  /** The highest VMA that starts below an address, or null. */
  lastStartingBefore(address: number): Vma<B> | null {
    return this.vmas[this.tree.lastStartingBefore(address)]!;
  }

  /** The first address of [start, end) that lies in no VMA, or -1: whether a range is all mapped. */
  firstHole(start: number, end: number): number {
    let at = start;
    while (at < end) {
      const vma = this.firstEndingAfter(at);
      if (vma === null || vma.start > at) return at;
      at = vma.end;
    }
    return -1;
  }

  /** Bytes of [start, end) that lie in a VMA. */
  bytesIn(start: number, end: number): number {
    let bytes = 0;
    for (const vma of this.overlapping(start, end)) {
      bytes += Math.min(vma.end, end) - Math.max(vma.start, start);
    }
    return bytes;
  }

  /** How many VMAs a cut at both ends of a range would part in two: 0, 1 or 2. */
  partedBy(start: number, end: number): number {
    const first = this.find(start);
    const last = this.find(end);
    return (
      Number(first !== null && first.start < start) + Number(last !== null && last.start < end)
    );
  }

  /** Adds a VMA; it may not overlap another. */
  insert(vma: Vma<B>): void {
    const next = this.firstEndingAfter(vma.start);
    assert(vma.start < vma.end, 'an empty VMA', vma.start);
    assert(next === null || next.start >= vma.end, 'a VMA overlaps', vma.start);
    this.vmas[this.tree.insert(vma.start, vma.end)] = vma;
    this.count++;
    this.total += vma.end - vma.start;
    this.last = null;
  }

  /** Removes the VMA that starts at an address. */
  remove(start: number): void {
    const node = this.tree.remove(start);
    this.total -= this.vmas[node]!.end - start;
    this.vmas[node] = null;
    this.count--;
    this.last = null;
  }

  /** Puts a VMA in the place of another one, and of no more than was free on either side of it. */
  replace(old: Vma<B>, vma: Vma<B>): void {
    const node = this.tree.resize(old.start, vma.start, vma.end);
    this.total += vma.end - vma.start - (old.end - old.start);
    this.vmas[node] = vma;
    this.last = null;
  }

  /** Whether a VMA overlaps [start, end). */
  overlaps(start: number, end: number): boolean {
    const first = this.firstEndingAfter(start);
    return first !== null && first.start < end;
  }

  /** The VMAs that overlap [start, end), in order. */
  overlapping(start: number, end: number): Vma<B>[] {
    const found: Vma<B>[] = [];
    let vma = this.firstEndingAfter(start);
    while (vma !== null && vma.start < end) {
      found.push(vma);
      vma = this.firstEndingAfter(vma.end);
    }
    return found;
  }

  /** All VMAs, in order. */
  all(): Vma<B>[] {
    return this.overlapping(0, Number.POSITIVE_INFINITY);
  }

  /**
   * The highest start of a free range of `length` bytes inside [low, high), a multiple of
   * `alignment`, or -1: placement from the top down.
   *
   * O(log n) without alignment, with one that divides all VMAs' ends, such as a page, and with the
   * map's granule; with another one, a step more for each gap that would hold the length but for it.
   *
   * @param alignment  bytes
   */
  highestGap(low: number, high: number, length: number, alignment = 1): number {
    return this.tree.highestGap(low, high, length, alignment);
  }

  /** As {@link highestGap}, the lowest start: placement from the bottom up. */
  lowestGap(low: number, high: number, length: number, alignment = 1): number {
    return this.tree.lowestGap(low, high, length, alignment);
  }

  /** Verifies order, figures and the tree; returns what is wrong, one line each. */
  check(): string[] {
    const wrong = this.tree.check();
    const all = this.all();
    let last = 0;
    let bytes = 0;
    for (const vma of all) {
      if (vma.start < last || vma.end <= vma.start) wrong.push(`VMA order at ${vma.start}`);
      last = vma.end;
      bytes += vma.end - vma.start;
    }
    if (bytes !== this.total) wrong.push(`${this.total} bytes are counted, ${bytes} mapped`);
    if (all.length !== this.count)
      wrong.push(`${this.count} VMAs are counted, ${all.length} there`);
    return wrong;
  }
}
