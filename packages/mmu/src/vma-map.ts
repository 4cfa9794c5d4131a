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

  get size(): number {
    return this.count;
  }

  /** The VMA that holds an address, or null. */
  find(address: number): Vma<B> | null {
    const vma = this.firstEndingAfter(address);
    return vma !== null && vma.start <= address ? vma : null;
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

  /** Adds a VMA; it may not overlap another. */
  insert(vma: Vma<B>): void {
    const next = this.firstEndingAfter(vma.start);
    assert(vma.start < vma.end, `empty VMA at ${vma.start}`);
    assert(next === null || next.start >= vma.end, `VMA overlaps at ${vma.start}`);
    const [low, high] = split(this.root, vma.start);
    this.root = merge(merge(low, this.node(vma)), high);
    this.count++;
  }

  /** Removes the VMA that starts at an address. */
  remove(start: number): void {
    const [low, rest] = split(this.root, start);
    const [one, high] = split(rest, start + 1);
    assert(one !== null && one.left === null && one.right === null, `no VMA starts at ${start}`);
    this.root = merge(low, high);
    this.count--;
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

  /** The highest start of a free range of `length` bytes inside [low, high), or -1. */
  highestGap(low: number, high: number, length: number): number {
    const { root } = this;
    if (root === null) return high - length >= low ? high - length : -1;
    if (high - length >= Math.max(root.lastEnd, low)) return high - length;
    const inside = highest(root, low, high, length);
    if (inside >= 0) return inside;
    const below = Math.min(root.firstStart, high) - length;
    return below >= low ? below : -1;
  }

  /** The lowest start of a free range of `length` bytes inside [low, high), or -1. */
  lowestGap(low: number, high: number, length: number): number {
    const { root } = this;
    if (root === null || low + length <= Math.min(root.firstStart, high)) {
      return low + length <= high ? low : -1;
    }
    const inside = lowest(root, low, high, length);
    if (inside >= 0) return inside;
    const above = Math.max(root.lastEnd, low);
    return above + length <= high ? above : -1;
  }

  /** Verifies order, gaps and heap property; returns what is wrong, one line each. */
  check(): string[] {
    const wrong: string[] = [];
    let last = -1;
    for (const vma of this.all()) {
      if (vma.start < last || vma.end <= vma.start) wrong.push(`VMA order at ${vma.start}`);
      last = vma.end;
    }
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

/** Where a range of `length` fits in [from, to) clipped to [low, high): its start, or -1. */
function fitHigh(from: number, to: number, low: number, high: number, length: number): number {
  const start = Math.min(to, high) - length;
  return start >= Math.max(from, low) ? start : -1;
}

function fitLow(from: number, to: number, low: number, high: number, length: number): number {
  const start = Math.max(from, low);
  return start + length <= Math.min(to, high) ? start : -1;
}

function highest<B>(node: Node<B> | null, low: number, high: number, length: number): number {
  if (node === null || node.gap < length || node.firstStart >= high || node.lastEnd <= low)
    return -1;
  const { left, right, vma } = node;
  if (right !== null) {
    const above = highest(right, low, high, length);
    if (above >= 0) return above;
    const next = fitHigh(vma.end, right.firstStart, low, high, length);
    if (next >= 0) return next;
  }
  if (left === null) return -1;
  const before = fitHigh(left.lastEnd, vma.start, low, high, length);
  return before >= 0 ? before : highest(left, low, high, length);
}

function lowest<B>(node: Node<B> | null, low: number, high: number, length: number): number {
  if (node === null || node.gap < length || node.firstStart >= high || node.lastEnd <= low)
    return -1;
  const { left, right, vma } = node;
  if (left !== null) {
    const below = lowest(left, low, high, length);
    if (below >= 0) return below;
    const before = fitLow(left.lastEnd, vma.start, low, high, length);
    if (before >= 0) return before;
  }
  if (right === null) return -1;
  const next = fitLow(vma.end, right.firstStart, low, high, length);
  return next >= 0 ? next : lowest(right, low, high, length);
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
