/**
 * A buddy allocator: every block is a power of two of atoms and aligned to its size, and a block
 * that comes back merges with its buddy as often as that is free. No call looks at more lists than
 * {@link buddySteps} says, which depends on the largest block alone, not on the heap.
 *
 * With it comes a promise (J. Robson, 1974): let n be the atoms of the largest block ever handed
 * out, M the most atoms ever in use at once. A pool of N atoms never refuses for fragmentation when
 *
 *     N >= M * (1 + log2(n) / 2) - n + 1
 *
 * The heap counts M and n as it runs: see guarantee(). Its state is drawn in buddy-layout.ts.
 */
import { type Heap, type HeapStats, MISUSE_DOUBLE, MISUSE_INVALID, printStats } from '../heap.ts';
import type { HeapMemory } from '../heap-memory.ts';
import { RegionCalls } from '../region-calls.ts';
import { buddyStats, checkBuddy } from './buddy-check.ts';
import {
  ATOM_BYTES,
  BUDDY_END,
  BUDDY_LEAST_BYTES,
  BUDDY_MAGIC,
  type BuddyShape,
  BYTE_FREE,
  BYTE_ORDER,
  BYTE_USED,
  buddyShape,
  HEADS,
  LARGEST_ATOMS,
  LARGEST_BLOCK,
  NEXT_FREE,
  ORDER_BITMAP,
  orderOf,
  PEAK_ATOMS,
  PREVIOUS_FREE,
  USED_ATOMS,
} from './buddy-layout.ts';
import { ControlBytes } from './control-bytes.ts';

/** What the promise is about, in atoms, and what it asks for. */
export interface BuddyGuarantee {
  /** N: atoms of the pool in whole places for a block of n. */
  readonly poolAtoms: number;
  /** M: the most that were in use at once. */
  readonly peakAtoms: number;
  /** n: those of the largest block that was handed out. */
  readonly largestAtoms: number;
  /** The N that M and n ask for; while it is at most `poolAtoms` no request can have failed. */
  readonly neededAtoms: number;
}

/**
 * Bound of the steps of one call in a heap whose largest block has `largestBytes`. A step is a
 * block put into a list or taken out, and one for the block that a call is about.
 *
 *   allocate    1 taken out, T put in for the splits         T + 1
 *   deallocate  1 the block, T merges, 1 put in              T + 2
 *   in place    1 the block, T halves put in or taken out    T + 1
 *   reallocate  1 refused in place, allocate, deallocate    2T + 4    T = log2(largest / atom)
 */
export function buddySteps(largestBytes: number): number {
  return 2 * orderOf(largestBytes) + 4;
}

export class BuddyCalls extends RegionCalls {
  protected readonly shape: BuddyShape;
  protected readonly control: ControlBytes;

  /**
   * @param base          address of the region, a multiple of 8
   * @param size          bytes, at least BUDDY_LEAST_BYTES
   * @param largestBytes  no block is larger; the steps of a call depend on it alone
   */
  constructor(
    memory: HeapMemory,
    base: number,
    size: number,
    largestBytes: number = LARGEST_BLOCK,
  ) {
    super(memory, base, size, BUDDY_LEAST_BYTES);
    this.shape = buddyShape(base, size, largestBytes);
    this.control = new ControlBytes(memory, this.shape);
    const { end } = this.shape;
    if (memory.load32(0) !== BUDDY_MAGIC || memory.load32(BUDDY_END) !== end) this.format();
  }

  protected override take(size: number, align: number): number {
    const order = orderOf(Math.max(size, align));
    const block = this.takeFree(order);
    if (block !== 0) this.setUsed(block, order, 1 << order);
    return block;
  }

  protected override give(block: number, usable: number): void {
    const order = orderOf(usable);
    this.countUsed(-(1 << order));
    this.release(block, order);
  }

  protected override resize(block: number, usable: number, newSize: number): boolean {
    const order = orderOf(usable);
    const wanted = orderOf(newSize);
    if (wanted > order && !this.canGrow(block, order, wanted)) return false;
    for (let at = order; at < wanted; at++) {
      this.unlink(block + (ATOM_BYTES << at), at);
      this.control.set(block + (ATOM_BYTES << at), 0);
    }
    this.splitTo(block, order, wanted);
    if (wanted !== order) this.setUsed(block, wanted, (1 << wanted) - (1 << order));
    return true;
  }

  /** Exact, whatever payloads say, as the control bytes are aside. */
  protected override usableAt(payload: number): number {
    const { start, end, skew, topOrder } = this.shape;
    if (payload < start || payload >= end || ((payload + skew) & (ATOM_BYTES - 1)) !== 0)
      return -MISUSE_INVALID;
    const byte = this.control.at(payload);
    const order = byte & BYTE_ORDER;
    if ((byte & BYTE_USED) === 0) return this.isInFree(payload) ? -MISUSE_DOUBLE : -MISUSE_INVALID;
    return order <= topOrder && this.hasPlace(payload, order)
      ? ATOM_BYTES << order
      : -MISUSE_INVALID;
  }

  private format(): void {
    const { memory, shape } = this;
    memory.fill(0, shape.start, 0);
    memory.store32(0, BUDDY_MAGIC);
    memory.store32(BUDDY_END, shape.end);
    // From the end down, so that the lowest block is the first of its list.
    let end = shape.end;
    while (end > shape.start) {
      let order = shape.topOrder;
      let bytes = ATOM_BYTES << order;
      while (end - bytes < shape.start || (end + shape.skew) % bytes !== 0) {
        order--;
        bytes >>= 1;
      }
      end -= bytes;
      this.link(end, order);
    }
  }

  /** Takes a block of an order, split from the smallest free one that has it; or 0. */
  private takeFree(order: number): number {
    const { memory } = this;
    if (order > this.shape.topOrder) return 0;
    const orders = memory.load32(ORDER_BITMAP) & (~0 << order);
    if (orders === 0) return 0;
    const found = 31 - Math.clz32(orders & -orders);
    const block = memory.load32(HEADS + found * 4);
    if (!this.isFree(block, found)) return this.dropList(found);
    this.unlink(block, found);
    this.splitTo(block, found, order);
    return block;
  }

  /** Frees the upper halves of a block until it has the wanted order. */
  private splitTo(block: number, order: number, wanted: number): void {
    for (let at = order - 1; at >= wanted; at--) this.link(block + (ATOM_BYTES << at), at);
  }

  /** Frees a block, merged with its buddy as often as that is free. */
  private release(block: number, order: number): void {
    const { control, shape } = this;
    let at = order;
    control.set(block, 0);
    while (at < shape.topOrder) {
      const buddy = control.buddyOf(block, ATOM_BYTES << at);
      if (buddy < 0 || control.at(buddy) !== (BYTE_FREE | at)) break;
      this.unlink(buddy, at);
      control.set(buddy, 0);
      block = Math.min(block, buddy);
      at++;
    }
    this.link(block, at);
  }

  /** Whether the buddies above a block are free up to a wanted order. */
  private canGrow(block: number, order: number, wanted: number): boolean {
    const { control, shape } = this;
    if (wanted > shape.topOrder) return false;
    for (let at = order; at < wanted; at++) {
      const buddy = control.buddyOf(block, ATOM_BYTES << at);
      if (buddy < block || control.at(buddy) !== (BYTE_FREE | at)) return false;
    }
    return true;
  }

  private link(block: number, order: number): void {
    const { memory } = this;
    const head = HEADS + order * 4;
    const next = memory.load32(head);
    this.steps++;
    this.control.set(block, BYTE_FREE | order);
    memory.store32(block + NEXT_FREE, next);
    memory.store32(block + PREVIOUS_FREE, 0);
    if (this.isFree(next, order)) memory.store32(next + PREVIOUS_FREE, block);
    memory.store32(head, block);
    memory.store32(ORDER_BITMAP, memory.load32(ORDER_BITMAP) | (1 << order));
  }

  /** Takes a block out of its list. Links that a program overwrote end the list there. */
  private unlink(block: number, order: number): void {
    const { memory } = this;
    const next = memory.load32(block + NEXT_FREE);
    const previous = memory.load32(block + PREVIOUS_FREE);
    const after = this.isFree(next, order) ? next : 0;
    this.steps++;
    if (after !== 0) memory.store32(after + PREVIOUS_FREE, previous);
    if (this.isFree(previous, order)) {
      memory.store32(previous + NEXT_FREE, after);
      return;
    }
    memory.store32(HEADS + order * 4, after);
    if (after === 0) this.dropList(order);
  }

  /** Makes a list empty; 0. */
  private dropList(order: number): number {
    const { memory } = this;
    memory.store32(HEADS + order * 4, 0);
    memory.store32(ORDER_BITMAP, memory.load32(ORDER_BITMAP) & ~(1 << order));
    return 0;
  }

  private isFree(block: number, order: number): boolean {
    if (block < this.shape.start || !this.hasPlace(block, order)) return false;
    return this.control.at(block) === (BYTE_FREE | order);
  }

  /** Whether a block of an order may lie at an offset: on a multiple of its size, in the pool. */
  private hasPlace(block: number, order: number): boolean {
    const { end, skew } = this.shape;
    const bytes = ATOM_BYTES << order;
    return ((block + skew) & (bytes - 1)) === 0 && block + bytes <= end;
  }

  private countUsed(atoms: number): void {
    const { memory } = this;
    const used = memory.load32(USED_ATOMS) + atoms;
    memory.store32(USED_ATOMS, used);
    if (used > memory.load32(PEAK_ATOMS)) memory.store32(PEAK_ATOMS, used);
  }

  /** Makes a block one in use, with so many more atoms than before. */
  private setUsed(block: number, order: number, atoms: number): void {
    const { memory } = this;
    this.control.set(block, BYTE_USED | order);
    this.countUsed(atoms);
    if (1 << order > memory.load32(LARGEST_ATOMS)) memory.store32(LARGEST_ATOMS, 1 << order);
  }

  /** Whether an atom belongs to a free block: one at one of the places where a block can begin. */
  private isInFree(atom: number): boolean {
    const { start, skew, topOrder } = this.shape;
    for (let order = 0; order <= topOrder; order++) {
      const bytes = ATOM_BYTES << order;
      const block = atom - ((atom + skew) & (bytes - 1));
      if (block < start) return false;
      const byte = this.control.at(block);
      if (byte !== 0)
        return byte === (BYTE_FREE | (byte & BYTE_ORDER)) && (byte & BYTE_ORDER) >= order;
    }
    return false;
  }
}

export class BuddyHeap extends BuddyCalls implements Heap {
  readonly name: string = 'buddy';

  /** Bytes of the largest block that this heap can have. */
  get largestBytes(): number {
    return ATOM_BYTES << this.shape.topOrder;
  }

  /** The promise in figures, as of now. */
  guarantee(): BuddyGuarantee {
    const { memory, shape } = this;
    const peakAtoms = memory.load32(PEAK_ATOMS);
    const largestAtoms = Math.max(1, memory.load32(LARGEST_ATOMS));
    const bytes = largestAtoms * ATOM_BYTES;
    const first = Math.ceil((shape.start + shape.skew) / bytes);
    const last = Math.floor((shape.end + shape.skew) / bytes);
    const needed = peakAtoms * (1 + Math.log2(largestAtoms) / 2) - largestAtoms + 1;
    return {
      poolAtoms: Math.max(0, last - first) * largestAtoms,
      peakAtoms,
      largestAtoms,
      neededAtoms: Math.ceil(needed),
    };
  }

  stats(): HeapStats {
    return buddyStats(this.control, this.shape);
  }

  statsPrint(print: (line: string) => void): void {
    printStats(this.name, this.stats(), print);
    const { poolAtoms, peakAtoms, largestAtoms, neededAtoms } = this.guarantee();
    print(
      `  promise   needs ${neededAtoms} of ${poolAtoms} atoms (M ${peakAtoms}, n ${largestAtoms})`,
    );
  }

  check(): string[] {
    return checkBuddy(this.memory, this.control, this.shape);
  }
}
