/**
 * A radix tree of typed arrays from virtual page number to PTE: two levels of ten bits for a
 * 32-bit space, four of nine for a 48-bit one. Nodes are made when a page of theirs is first set
 * and go when their last one is cleared.
 *
 * A leaf is an Int32Array of its PTEs and, behind them, how many are not 0.
 */
interface Directory {
  readonly slots: (Directory | Int32Array | undefined)[];
  used: number;
}

const SHAPES = {
  32: { levels: 2, bits: 10 },
  48: { levels: 4, bits: 9 },
} as const;

export type AddressBits = keyof typeof SHAPES;

const NO_LEAF = new Int32Array(0);
/** Leaves kept for the next use: all their PTEs are 0 again. */
const SPARE_LEAVES = 8;

export class PageTable {
  readonly addressBits: AddressBits;
  private readonly levels: number;
  private readonly leafPages: number;
  /** Pages that an entry of a directory stands for, by the directory's level; 1 at level 0. */
  private readonly spans: readonly number[];
  private readonly root: Directory = { slots: [], used: 0 };
  private readonly spare: Int32Array[] = [];
  private cachedKey = -1;
  private cachedLeaf: Int32Array = NO_LEAF;
  private leafCount = 0;

  constructor(addressBits: AddressBits) {
    this.addressBits = addressBits;
    this.levels = SHAPES[addressBits].levels;
    this.leafPages = 2 ** SHAPES[addressBits].bits;
    this.spans = Array.from({ length: this.levels }, (_, level) => this.leafPages ** level);
  }

  /** Bytes that its leaves take. */
  get bytes(): number {
    return this.leafCount * this.leafPages * Int32Array.BYTES_PER_ELEMENT;
  }

  /** Leaves in the tree. */
  get leaves(): number {
    return this.leafCount;
  }

  /** The PTE of a virtual page number; 0 when absent. */
  get(vpn: number): number {
    const key = Math.floor(vpn / this.leafPages);
    const leaf = key === this.cachedKey ? this.cachedLeaf : this.find(key);
    return leaf.length === 0 ? 0 : leaf[vpn & (this.leafPages - 1)]!;
  }

  /** Sets a PTE. Only the address space's one writer may call this: the TLB must be told. */
  set(vpn: number, pte: number): void {
    const { leafPages } = this;
    const key = Math.floor(vpn / leafPages);
    let leaf = key === this.cachedKey ? this.cachedLeaf : this.find(key);
    if (leaf.length === 0) {
      if (pte === 0) return;
      leaf = this.make(key);
    }
    const slot = vpn & (leafPages - 1);
    const change = Number(pte !== 0) - Number(leaf[slot] !== 0);
    leaf[slot] = pte;
    if (change === 0) return;
    leaf[leafPages]! += change;
    if (leaf[leafPages] === 0) this.remove(key, leaf);
  }

  /** Visits every present page of [first, end), in order; it may change the page it is given. */
  forEach(first: number, end: number, visit: (vpn: number, pte: number) => void): void {
    const key = Math.floor(first / this.leafPages);
    if (key === Math.floor((end - 1) / this.leafPages)) {
      const leaf = key === this.cachedKey ? this.cachedLeaf : this.find(key);
      if (leaf.length > 0) this.walkLeaf(leaf, key * this.leafPages, first, end, visit);
      return;
    }
    this.walk(this.root, this.levels - 1, 0, first, end, visit);
  }

  private find(key: number): Int32Array {
    let node = this.root;
    for (let level = this.levels - 1; level > 1; level--) {
      const next = node.slots[this.digit(key, level - 1)];
      if (next === undefined) return NO_LEAF;
      node = next as Directory;
    }
    const leaf = node.slots[this.digit(key, 0)];
    if (leaf === undefined) return NO_LEAF;
    this.cachedKey = key;
    this.cachedLeaf = leaf as Int32Array;
    return leaf as Int32Array;
  }

  private make(key: number): Int32Array {
    let node = this.root;
    for (let level = this.levels - 1; level > 1; level--) {
      const digit = this.digit(key, level - 1);
      let next = node.slots[digit] as Directory | undefined;
      if (next === undefined) {
        next = { slots: [], used: 0 };
        node.slots[digit] = next;
        node.used++;
      }
      node = next;
    }
    const leaf = this.spare.pop() ?? new Int32Array(this.leafPages + 1);
    node.slots[this.digit(key, 0)] = leaf;
    node.used++;
    this.leafCount++;
    this.cachedKey = key;
    this.cachedLeaf = leaf;
    return leaf;
  }

  /** Takes an empty leaf out of the tree, and each directory that is empty without it. */
  private remove(key: number, leaf: Int32Array): void {
    this.prune(this.root, this.levels - 1, key);
    this.leafCount--;
    this.cachedKey = -1;
    this.cachedLeaf = NO_LEAF;
    if (this.spare.length < SPARE_LEAVES) this.spare.push(leaf);
  }

  private prune(node: Directory, level: number, key: number): void {
    const digit = this.digit(key, level - 1);
    if (level > 1) {
      const child = node.slots[digit] as Directory;
      this.prune(child, level - 1, key);
      if (child.used > 0) return;
    }
    node.slots[digit] = undefined;
    node.used--;
  }

  private digit(key: number, level: number): number {
    return Math.floor(key / this.spans[level]!) % this.leafPages;
  }

  private walk(
    node: Directory,
    level: number,
    base: number,
    first: number,
    end: number,
    visit: (vpn: number, pte: number) => void,
  ): void {
    const span = this.spans[level]!;
    const from = Math.max(0, Math.floor((first - base) / span));
    const to = Math.min(node.slots.length - 1, Math.floor((end - 1 - base) / span));
    for (let index = from; index <= to; index++) {
      const child = node.slots[index];
      if (child === undefined) continue;
      const start = base + index * span;
      if (level > 1) this.walk(child as Directory, level - 1, start, first, end, visit);
      else this.walkLeaf(child as Int32Array, start, first, end, visit);
    }
  }

  private walkLeaf(
    leaf: Int32Array,
    base: number,
    first: number,
    end: number,
    visit: (vpn: number, pte: number) => void,
  ): void {
    const to = Math.min(this.leafPages, end - base);
    for (let index = Math.max(0, first - base); index < to; index++) {
      const pte = leaf[index]!;
      if (pte !== 0) visit(base + index, pte);
    }
  }
}
