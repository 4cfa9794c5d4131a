/**
 * The set of a space's VMAs: what the guest asked for, by address, never overlapping. A treap
 * whose nodes know the largest gap below them, so that a place for a new mapping is found in
 * O(log n). Priorities come from a counter, so the same calls make the same tree.
 *
 * @see gVisor's segment sets, which track gaps the same way
 */
import { assert } from './assert.ts';

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

/** What a free range must be like. */
interface GapRequest {
  readonly low: number;
  readonly high: number;
  readonly length: number;
  readonly alignment: number;
}

interface Node<B> {
  vma: Vma<B>;
  readonly priority: number;
  left: Node<B> | null;
  right: Node<B> | null;
  firstStart: number;
  lastEnd: number;
  /** Largest gap between two neighbours of this subtree. */
  gap: number;
}

export class VmaMap<B> {
  private root: Node<B> | null = null;
  private seed = 0x9e3779b9;
  private count = 0;
  private total = 0;
  /** What find() found last: faults come in runs. */
  private last: Vma<B> | null = null;

  /** VMAs. */
  get size(): number {
    return this.count;
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
    let node = this.root;
    let best: Vma<B> | null = null;
    while (node !== null) {
      if (node.vma.end > address) {
        best = node.vma;
        node = node.left;
      } else {
        node = node.right;
      }
    }
    return best;
  }

  /** The highest VMA that starts below an address, or null. */
  lastStartingBefore(address: number): Vma<B> | null {
    let node = this.root;
    let best: Vma<B> | null = null;
    while (node !== null) {
      if (node.vma.start < address) {
        best = node.vma;
        node = node.right;
      } else {
        node = node.left;
      }
    }
    return best;
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
    assert(vma.start < vma.end, `empty VMA at ${vma.start}`);
    assert(next === null || next.start >= vma.end, `VMA overlaps at ${vma.start}`);
    const [low, high] = split(this.root, vma.start);
    this.root = merge(merge(low, this.node(vma)), high);
    this.count++;
    this.total += vma.end - vma.start;
    this.last = null;
  }

  /** Removes the VMA that starts at an address. */
  remove(start: number): void {
    const [low, rest] = split(this.root, start);
    const [one, high] = split(rest, start + 1);
    assert(one !== null && one.left === null && one.right === null, `no VMA starts at ${start}`);
    this.root = merge(low, high);
    this.count--;
    this.total -= one.vma.end - start;
    this.last = null;
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
   * O(log n), and one step for each gap that would hold the length but, misaligned, does not.
   *
   * @param alignment  bytes; with one that divides all VMAs' ends, such as a page, no gap misleads
   */
  highestGap(low: number, high: number, length: number, alignment = 1): number {
    const { root } = this;
    const request = { low, high, length, alignment };
    if (root === null) return fitHigh(low, high, request);
    const above = fitHigh(root.lastEnd, high, request);
    if (above >= 0) return above;
    const inside = highest(root, request);
    return inside >= 0 ? inside : fitHigh(low, root.firstStart, request);
  }

  /** As {@link highestGap}, the lowest start: placement from the bottom up. */
  lowestGap(low: number, high: number, length: number, alignment = 1): number {
    const { root } = this;
    const request = { low, high, length, alignment };
    if (root === null) return fitLow(low, high, request);
    const below = fitLow(low, root.firstStart, request);
    if (below >= 0) return below;
    const inside = lowest(root, request);
    return inside >= 0 ? inside : fitLow(root.lastEnd, high, request);
  }

  /** Verifies order, gaps and heap property; returns what is wrong, one line each. */
  check(): string[] {
    const wrong: string[] = [];
    let last = -1;
    let bytes = 0;
    for (const vma of this.all()) {
      if (vma.start < last || vma.end <= vma.start) wrong.push(`VMA order at ${vma.start}`);
      last = vma.end;
      bytes += vma.end - vma.start;
    }
    if (bytes !== this.total) wrong.push(`${this.total} bytes are counted, ${bytes} mapped`);
    verify(this.root, wrong);
    return wrong;
  }

  private node(vma: Vma<B>): Node<B> {
    this.seed = (Math.imul(this.seed, 1664525) + 1013904223) | 0;
    const node = {
      vma,
      priority: this.seed,
      left: null,
      right: null,
      firstStart: 0,
      lastEnd: 0,
      gap: 0,
    };
    update(node);
    return node;
  }
}

function update<B>(node: Node<B>): void {
  const { left, right, vma } = node;
  node.firstStart = left === null ? vma.start : left.firstStart;
  node.lastEnd = right === null ? vma.end : right.lastEnd;
  let gap = 0;
  if (left !== null) gap = Math.max(left.gap, vma.start - left.lastEnd);
  if (right !== null) gap = Math.max(gap, right.gap, right.firstStart - vma.end);
  node.gap = gap;
}

/** Parts a subtree into the VMAs that start below an address and the others. */
function split<B>(node: Node<B> | null, address: number): [Node<B> | null, Node<B> | null] {
  if (node === null) return [null, null];
  if (node.vma.start < address) {
    const [low, high] = split(node.right, address);
    node.right = low;
    update(node);
    return [node, high];
  }
  const [low, high] = split(node.left, address);
  node.left = high;
  update(node);
  return [low, node];
}

function merge<B>(low: Node<B> | null, high: Node<B> | null): Node<B> | null {
  if (low === null) return high;
  if (high === null) return low;
  if (low.priority > high.priority) {
    low.right = merge(low.right, high);
    update(low);
    return low;
  }
  high.left = merge(low, high.left);
  update(high);
  return high;
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
  const start = Math.ceil(first / request.alignment) * request.alignment;
  return start + request.length <= Math.min(to, request.high) ? start : -1;
}

/** Whether no gap between two VMAs of a subtree can hold the request. */
function hopeless<B>(node: Node<B>, request: GapRequest): boolean {
  return (
    node.gap < request.length || node.firstStart >= request.high || node.lastEnd <= request.low
  );
}

function highest<B>(node: Node<B> | null, request: GapRequest): number {
  if (node === null || hopeless(node, request)) return -1;
  const { left, right, vma } = node;
  if (right !== null) {
    const above = highest(right, request);
    if (above >= 0) return above;
    const next = fitHigh(vma.end, right.firstStart, request);
    if (next >= 0) return next;
  }
  if (left === null) return -1;
  const before = fitHigh(left.lastEnd, vma.start, request);
  return before >= 0 ? before : highest(left, request);
}

function lowest<B>(node: Node<B> | null, request: GapRequest): number {
  if (node === null || hopeless(node, request)) return -1;
  const { left, right, vma } = node;
  if (left !== null) {
    const below = lowest(left, request);
    if (below >= 0) return below;
    const before = fitLow(left.lastEnd, vma.start, request);
    if (before >= 0) return before;
  }
  if (right === null) return -1;
  const next = fitLow(vma.end, right.firstStart, request);
  return next >= 0 ? next : lowest(right, request);
}

function verify<B>(node: Node<B> | null, wrong: string[]): void {
  if (node === null) return;
  const { firstStart, lastEnd, gap, left, right, vma } = node;
  update(node);
  if (node.firstStart !== firstStart || node.lastEnd !== lastEnd || node.gap !== gap) {
    wrong.push(`gap index at ${vma.start}`);
  }
  for (const child of [left, right]) {
    if (child !== null && child.priority > node.priority) wrong.push(`treap order at ${vma.start}`);
  }
  verify(left, wrong);
  verify(right, wrong);
}
