/**
 * A radix tree of typed arrays from virtual page number to PTE: two levels of ten bits for a
 * 32-bit space, four of nine for a 48-bit one. Nodes are made when a page of theirs is first set.
 */
type Node = (Node | Int32Array | undefined)[];

const SHAPES = {
  32: { levels: 2, bits: 10 },
  48: { levels: 4, bits: 9 },
} as const;

export type AddressBits = keyof typeof SHAPES;

const NO_LEAF = new Int32Array(0);

export class PageTable {
  readonly addressBits: AddressBits;
  private readonly levels: number;
  private readonly bits: number;
  private readonly leafPages: number;
  private readonly root: Node = [];
  private cachedKey = -1;
  private cachedLeaf: Int32Array = NO_LEAF;

  constructor(addressBits: AddressBits) {
    this.addressBits = addressBits;
    this.levels = SHAPES[addressBits].levels;
    this.bits = SHAPES[addressBits].bits;
    this.leafPages = 2 ** this.bits;
  }

  /** The PTE of a virtual page number; 0 when absent. */
  get(vpn: number): number {
    const key = Math.floor(vpn / this.leafPages);
    const leaf = key === this.cachedKey ? this.cachedLeaf : this.find(key);
    return leaf.length === 0 ? 0 : leaf[vpn & (this.leafPages - 1)]!;
  }

  /** Sets a PTE. Only the address space's one writer may call this: the TLB must be told. */
  set(vpn: number, pte: number): void {
    const key = Math.floor(vpn / this.leafPages);
    let leaf = key === this.cachedKey ? this.cachedLeaf : this.find(key);
    if (leaf.length === 0) {
      if (pte === 0) return;
      leaf = this.make(key);
    }
    leaf[vpn & (this.leafPages - 1)] = pte;
  }

  /** Visits every present page of [first, end), in order. */
  forEach(first: number, end: number, visit: (vpn: number, pte: number) => void): void {
    this.walk(this.root, this.levels - 1, 0, first, end, visit);
  }

  private find(key: number): Int32Array {
    let node: Node = this.root;
    for (let level = this.levels - 1; level > 1; level--) {
      const next = node[this.digit(key, level - 1)];
      if (next === undefined) return NO_LEAF;
      node = next as Node;
    }
    const leaf = node[this.digit(key, 0)];
    if (leaf === undefined) return NO_LEAF;
    this.cachedKey = key;
    this.cachedLeaf = leaf as Int32Array;
    return leaf as Int32Array;
  }

  private make(key: number): Int32Array {
    let node: Node = this.root;
    for (let level = this.levels - 1; level > 1; level--) {
      const digit = this.digit(key, level - 1);
      node[digit] ??= [];
      node = node[digit] as Node;
    }
    const leaf = new Int32Array(this.leafPages);
    node[this.digit(key, 0)] = leaf;
    this.cachedKey = key;
    this.cachedLeaf = leaf;
    return leaf;
  }

  private digit(key: number, level: number): number {
    return Math.floor(key / this.leafPages ** level) % this.leafPages;
  }

  private walk(
    node: Node | Int32Array,
    level: number,
    base: number,
    first: number,
    end: number,
    visit: (vpn: number, pte: number) => void,
  ): void {
    const span = this.leafPages ** level;
    const from = Math.max(0, Math.floor((first - base) / span));
    const to = Math.min(this.leafPages - 1, Math.floor((end - 1 - base) / span));
    for (let index = from; index <= to; index++) {
      const child = node[index];
      if (child === undefined || child === 0) continue;
      if (typeof child === 'number') visit(base + index, child);
      else this.walk(child, level - 1, base + index * span, first, end, visit);
    }
  }
}
