/**
 * Ranges by address, never overlapping, and the gaps between them: a treap in typed arrays whose
 * nodes know the largest gap below them, so that a place for a new range is found in O(log n).
 * Nodes are numbers, and 0 is none. Priorities come from a counter, so that the same calls make the
 * same tree.
 *
 * @see gVisor's segment sets, which track gaps the same way
 * @see Seidel and Aragon, Randomized Search Trees, Algorithmica 16 (1996)
 */
import { assert } from './assert.ts';

/** What a free range must be like. */
interface GapRequest {
  readonly low: number;
  readonly high: number;
  readonly length: number;
  readonly alignment: number;
}

const INITIAL_NODES = 64;

export class GapTree {
  /** Alignment, in bytes, whose searches are as fast as those without. */
  private readonly granule: number;
  private root = 0;
  private seed = 0x9e3779b9;
  /** First node that was never used. */
  private fresh = 1;
  /** Nodes that were, linked by `left`. */
  private free = 0;
  private starts = new Float64Array(INITIAL_NODES);
  private ends = new Float64Array(INITIAL_NODES);
  /** Start of the first range and end of the last one of the subtree. */
  private firsts = new Float64Array(INITIAL_NODES);
  private lasts = new Float64Array(INITIAL_NODES);
  /** Largest gap between two neighbours of the subtree. */
  private gaps = new Float64Array(INITIAL_NODES);
  /** Most bytes of such a gap from a multiple of the granule on; negative when it has none. */
  private rooms = new Float64Array(INITIAL_NODES);
  private priorities = new Int32Array(INITIAL_NODES);
  private left = new Int32Array(INITIAL_NODES);
  private right = new Int32Array(INITIAL_NODES);

  constructor(granule: number) {
    this.granule = granule;
  }

  /** The lowest range whose end is above an address. */
  firstEndingAfter(address: number): number {
    const { ends, left, right } = this;
    let best = 0;
    for (let node = this.root; node !== 0; ) {
      if (ends[node]! > address) {
        best = node;
        node = left[node]!;
      } else {
        node = right[node]!;
      }
    }
    return best;
  }

  /** The highest range that starts below an address. */
  lastStartingBefore(address: number): number {
    const { starts, left, right } = this;
    let best = 0;
    for (let node = this.root; node !== 0; ) {
      if (starts[node]! < address) {
        best = node;
        node = right[node]!;
      } else {
        node = left[node]!;
      }
    }
    return best;
  }

  /** Adds a range that overlaps none; its node is good until it is removed. */
  insert(start: number, end: number): number {
    const node = this.take();
    this.seed = (Math.imul(this.seed, 1664525) + 1013904223) | 0;
    this.priorities[node] = this.seed;
    this.starts[node] = start;
    this.ends[node] = end;
    this.left[node] = 0;
    this.right[node] = 0;
    this.root = this.insertAt(this.root, node);
    return node;
  }

  /** Removes the range that starts at an address, and returns the node that it had. */
  remove(start: number): number {
    const node = this.at(start);
    this.root = this.removeAt(this.root, start);
    this.left[node] = this.free;
    this.free = node;
    return node;
  }

  /** Moves the ends of the range that starts at an address, neither past a neighbour. */
  resize(start: number, newStart: number, newEnd: number): number {
    const node = this.at(start);
    const isSame = newStart === start && newEnd === this.ends[node];
    if (!isSame) this.resizeAt(this.root, start, newStart, newEnd);
    return node;
  }

  /** The highest aligned start of a free range of `length` bytes inside [low, high), or -1. */
  highestGap(low: number, high: number, length: number, alignment: number): number {
    const { root } = this;
    const request = { low, high, length, alignment };
    if (root === 0) return fitHigh(low, high, request);
    const above = fitHigh(this.lasts[root]!, high, request);
    if (above >= 0) return above;
    const inside = this.highest(root, request);
    return inside >= 0 ? inside : fitHigh(low, this.firsts[root]!, request);
  }

  /** The lowest aligned start of a free range of `length` bytes inside [low, high), or -1. */
  lowestGap(low: number, high: number, length: number, alignment: number): number {
    const { root } = this;
    const request = { low, high, length, alignment };
    if (root === 0) return fitLow(low, high, request);
    const below = fitLow(low, this.firsts[root]!, request);
    if (below >= 0) return below;
    const inside = this.lowest(root, request);
    return inside >= 0 ? inside : fitLow(this.lasts[root]!, high, request);
  }

  /** Verifies gaps and heap property; what is wrong, one line each. */
  check(): string[] {
    const wrong: string[] = [];
    this.verify(this.root, wrong);
    return wrong;
  }

  private at(start: number): number {
    const { starts } = this;
    let node = this.root;
    while (node !== 0 && starts[node] !== start) {
      node = start < starts[node]! ? this.left[node]! : this.right[node]!;
    }
    assert(node !== 0, 'no range starts there', start);
    return node;
  }

  private update(node: number): void {
    const { firsts, lasts, gaps, rooms } = this;
    const left = this.left[node]!;
    const right = this.right[node]!;
    const start = this.starts[node]!;
    const end = this.ends[node]!;
    firsts[node] = left === 0 ? start : firsts[left]!;
    lasts[node] = right === 0 ? end : lasts[right]!;
    let gap = 0;
    let room = Number.NEGATIVE_INFINITY;
    if (left !== 0) {
      const from = lasts[left]!;
      gap = Math.max(gaps[left]!, start - from);
      room = Math.max(rooms[left]!, start - alignedUp(from, this.granule));
    }
    if (right !== 0) {
      const to = firsts[right]!;
      gap = Math.max(gap, gaps[right]!, to - end);
      room = Math.max(room, rooms[right]!, to - alignedUp(end, this.granule));
    }
    gaps[node] = gap;
    rooms[node] = room;
  }

  private insertAt(node: number, fresh: number): number {
    if (node === 0 || this.priorities[fresh]! > this.priorities[node]!) {
      this.split(node, this.starts[fresh]!, fresh);
      this.update(fresh);
      return fresh;
    }
    if (this.starts[fresh]! < this.starts[node]!) {
      this.left[node] = this.insertAt(this.left[node]!, fresh);
    } else {
      this.right[node] = this.insertAt(this.right[node]!, fresh);
    }
    this.update(node);
    return node;
  }

  private removeAt(node: number, start: number): number {
    const at = this.starts[node]!;
    if (at === start) return this.merge(this.left[node]!, this.right[node]!);
    if (start < at) this.left[node] = this.removeAt(this.left[node]!, start);
    else this.right[node] = this.removeAt(this.right[node]!, start);
    this.update(node);
    return node;
  }

  private resizeAt(node: number, start: number, newStart: number, newEnd: number): void {
    const at = this.starts[node]!;
    if (at === start) {
      this.starts[node] = newStart;
      this.ends[node] = newEnd;
    } else if (start < at) {
      this.resizeAt(this.left[node]!, start, newStart, newEnd);
    } else {
      this.resizeAt(this.right[node]!, start, newStart, newEnd);
    }
    this.update(node);
  }

  /** Parts a subtree into what starts below an address and the rest: left and right of `into`. */
  private split(node: number, address: number, into: number): void {
    if (node === 0) {
      this.left[into] = 0;
      this.right[into] = 0;
    } else if (this.starts[node]! < address) {
      this.split(this.right[node]!, address, into);
      this.right[node] = this.left[into]!;
      this.update(node);
      this.left[into] = node;
    } else {
      this.split(this.left[node]!, address, into);
      this.left[node] = this.right[into]!;
      this.update(node);
      this.right[into] = node;
    }
  }

  private merge(low: number, high: number): number {
    if (low === 0) return high;
    if (high === 0) return low;
    if (this.priorities[low]! > this.priorities[high]!) {
      this.right[low] = this.merge(this.right[low]!, high);
      this.update(low);
      return low;
    }
    this.left[high] = this.merge(low, this.left[high]!);
    this.update(high);
    return high;
  }

  /** Whether no gap between two ranges of a subtree can hold the request. */
  private isHopeless(node: number, { low, high, length, alignment }: GapRequest): boolean {
    if (this.gaps[node]! < length) return true;
    if (alignment % this.granule === 0 && this.rooms[node]! < length) return true;
    return this.firsts[node]! >= high || this.lasts[node]! <= low;
  }

  private highest(node: number, request: GapRequest): number {
    if (node === 0 || this.isHopeless(node, request)) return -1;
    const left = this.left[node]!;
    const right = this.right[node]!;
    if (right !== 0) {
      const above = this.highest(right, request);
      if (above >= 0) return above;
      const next = fitHigh(this.ends[node]!, this.firsts[right]!, request);
      if (next >= 0) return next;
    }
    if (left === 0) return -1;
    const before = fitHigh(this.lasts[left]!, this.starts[node]!, request);
    return before >= 0 ? before : this.highest(left, request);
  }

  private lowest(node: number, request: GapRequest): number {
    if (node === 0 || this.isHopeless(node, request)) return -1;
    const left = this.left[node]!;
    const right = this.right[node]!;
    if (left !== 0) {
      const below = this.lowest(left, request);
      if (below >= 0) return below;
      const before = fitLow(this.lasts[left]!, this.starts[node]!, request);
      if (before >= 0) return before;
    }
    if (right === 0) return -1;
    const next = fitLow(this.ends[node]!, this.firsts[right]!, request);
    return next >= 0 ? next : this.lowest(right, request);
  }

  private verify(node: number, wrong: string[]): void {
    if (node === 0) return;
    const index = [this.firsts, this.lasts, this.gaps, this.rooms];
    const known = index.map((figures) => figures[node]);
    this.update(node);
    if (index.some((figures, at) => figures[node] !== known[at])) {
      wrong.push(`gap index at ${this.starts[node]}`);
    }
    for (const child of [this.left[node]!, this.right[node]!]) {
      if (child !== 0 && this.priorities[child]! > this.priorities[node]!) {
        wrong.push(`treap order at ${this.starts[node]}`);
      }
      this.verify(child, wrong);
    }
  }

  private take(): number {
    const node = this.free;
    if (node !== 0) {
      this.free = this.left[node]!;
      return node;
    }
    if (this.fresh === this.starts.length) this.grow();
    return this.fresh++;
  }

  private grow(): void {
    const length = this.starts.length * 2;
    this.starts = widened(this.starts, length);
    this.ends = widened(this.ends, length);
    this.firsts = widened(this.firsts, length);
    this.lasts = widened(this.lasts, length);
    this.gaps = widened(this.gaps, length);
    this.rooms = widened(this.rooms, length);
    this.priorities = widenedWords(this.priorities, length);
    this.left = widenedWords(this.left, length);
    this.right = widenedWords(this.right, length);
  }
}

function widened(from: Float64Array, length: number): Float64Array<ArrayBuffer> {
  const into = new Float64Array(length);
  into.set(from);
  return into;
}

function widenedWords(from: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const into = new Int32Array(length);
  into.set(from);
  return into;
}

function alignedUp(address: number, alignment: number): number {
  return Math.ceil(address / alignment) * alignment;
}

/** Where the request fits in [from, to): its highest start, or -1. */
function fitHigh(from: number, to: number, request: GapRequest): number {
  const last = Math.min(to, request.high) - request.length;
  const start = last - (last % request.alignment);
  return last >= 0 && start >= Math.max(from, request.low) ? start : -1;
}

/** As fitHigh, the lowest start. */
function fitLow(from: number, to: number, request: GapRequest): number {
  const first = Math.max(from, request.low);
  const start = alignedUp(first, request.alignment);
  return start + request.length <= Math.min(to, request.high) ? start : -1;
}
