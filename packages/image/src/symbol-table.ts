/** Symbols by name and by address. */
export type SymbolKind = 'function' | 'object' | 'other';

export interface ImageSymbol {
  readonly name: string;
  /** Without the Thumb bit. */
  readonly address: number;
  readonly size: number;
  readonly kind: SymbolKind;
  readonly global: boolean;
}

export class SymbolTable {
  /** In order of address. */
  readonly all: readonly ImageSymbol[];
  private readonly names = new Map<string, ImageSymbol>();

  constructor(symbols: readonly ImageSymbol[]) {
    this.all = [...symbols].sort((a, b) => a.address - b.address || rank(a) - rank(b));
    for (const symbol of this.all) {
      const known = this.names.get(symbol.name);
      if (known === undefined || (symbol.global && !known.global))
        this.names.set(symbol.name, symbol);
    }
  }

  byName(name: string): ImageSymbol | null {
    return this.names.get(name) ?? null;
  }

  /**
   * The symbol that an address belongs to: the nearest one at or below it that covers it by its
   * size. A function without a size (assembly) covers up to the next symbol.
   */
  at(address: number): ImageSymbol | null {
    for (let index = this.lastAtOrBelow(address); index >= 0; index--) {
      const symbol = this.all[index]!;
      if (address < symbol.address + symbol.size) return this.best(index);
      if (symbol.size === 0 && symbol.kind !== 'object') return this.best(index);
      if (address - symbol.address > MAX_DISTANCE) return null;
    }
    return null;
  }

  private best(index: number): ImageSymbol {
    let best = this.all[index]!;
    for (let other = index - 1; this.all[other]?.address === best.address; other--) {
      if (rank(this.all[other]!) > rank(best)) best = this.all[other]!;
    }
    return best;
  }

  private lastAtOrBelow(address: number): number {
    let low = 0;
    let high = this.all.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.all[middle]!.address <= address) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}

/** No symbol reaches further than this; it bounds the walk back over small symbols. */
const MAX_DISTANCE = 1 << 24;

/** Of symbols at one address the last in this order names it. */
function rank(symbol: ImageSymbol): number {
  return (symbol.kind === 'function' ? 4 : 0) + (symbol.size > 0 ? 2 : 0) + (symbol.global ? 1 : 0);
}
