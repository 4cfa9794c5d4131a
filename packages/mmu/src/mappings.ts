/**
 * Edits of a space's VMAs: insertion that joins neighbours, cutting out of ranges, the limit. Each
 * VMA, in the map or in hand, holds one reference to its memory object.
 */
import { type Backing, backingFrom, joinable } from './backing.ts';
import { type Vma, VmaMap } from './vma-map.ts';

export class Mappings {
  readonly vmas: VmaMap<Backing> = new VmaMap<Backing>();
  /** Most VMAs that a request of the guest may leave. */
  readonly limit: number;

  constructor(limit: number) {
    this.limit = limit;
  }

  /** Whether the limit lets a new VMA in: it does when a neighbour takes it up. */
  admits(vma: Vma<Backing>): boolean {
    if (this.vmas.size < this.limit) return true;
    return this.lowNeighbour(vma) !== null || this.highNeighbour(vma) !== null;
  }

  /** Whether the limit lets a range be cut out; a hole within one VMA leaves one more. */
  admitsHole(start: number, end: number): boolean {
    if (this.vmas.size < this.limit) return true;
    const vma = this.vmas.find(start);
    return vma === null || vma.start === start || vma.end <= end;
  }

  /** Whether the limit lets a range have properties of its own. */
  admitsCuts(start: number, end: number): boolean {
    return this.vmas.size + this.vmas.partedBy(start, end) <= this.limit;
  }

  /** Inserts a VMA in hand, joined with neighbours that have the same properties. */
  insert(vma: Vma<Backing>): void {
    const low = this.lowNeighbour(vma);
    const high = this.highNeighbour(vma);
    if (low === null && high === null) {
      this.vmas.insert(vma);
      return;
    }
    const end = (high ?? vma).end;
    if (low !== null) {
      if (high !== null) {
        this.vmas.remove(high.start);
        drop(high);
      }
      this.vmas.replace(low, partOf(low, low.start, end));
    } else if (high !== null) {
      this.vmas.replace(high, partOf(vma, vma.start, end));
    }
    drop(vma);
  }

  /** Takes a range out and returns the parts that lay in it, in order: insert or drop them. */
  cutOut(start: number, end: number): Vma<Backing>[] {
    return this.vmas.overlapping(start, end).map((vma) => {
      if (vma.start >= start && vma.end <= end) {
        this.vmas.remove(vma.start);
        return vma;
      }
      if (vma.start >= start) {
        this.vmas.replace(vma, partOf(vma, end, vma.end));
        return hold(partOf(vma, vma.start, end));
      }
      this.vmas.replace(vma, partOf(vma, vma.start, start));
      if (vma.end > end) this.vmas.insert(hold(partOf(vma, end, vma.end)));
      return hold(partOf(vma, start, Math.min(vma.end, end)));
    });
  }

  /** Changes what lies in a range: parted at its ends, joined again where that is possible. */
  change(start: number, end: number, to: (vma: Vma<Backing>) => Vma<Backing>): void {
    for (const part of this.cutOut(start, end)) this.insert(to(part));
  }

  private lowNeighbour(vma: Vma<Backing>): Vma<Backing> | null {
    const low = vma.start > 0 ? this.vmas.find(vma.start - 1) : null;
    return low !== null && joinable(low, vma) ? low : null;
  }

  private highNeighbour(vma: Vma<Backing>): Vma<Backing> | null {
    const high = this.vmas.find(vma.end);
    return high !== null && joinable(vma, high) ? high : null;
  }
}

/** Takes a VMA in hand: a reference to its object. */
export function hold(vma: Vma<Backing>): Vma<Backing> {
  if (vma.backing.kind === 'object') vma.backing.object.retain();
  return vma;
}

/** Lets go of a VMA in hand. */
export function drop(vma: Vma<Backing>): void {
  if (vma.backing.kind === 'object') vma.backing.object.release();
}

/** A VMA like another one, from and to addresses that may be outside it. */
function partOf(vma: Vma<Backing>, start: number, end: number): Vma<Backing> {
  const { protection, name, flags, guard } = vma;
  const backing = backingFrom(vma.backing, start - vma.start);
  return { start, end, protection, name, backing, flags, guard };
}
