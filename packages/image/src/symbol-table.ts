/**
 * Symbols by name and by address.
 *
 * An address belongs to the innermost symbol whose size covers it. Symbols without a size, labels
 * of assembly code, fill what is left: each reaches to the next symbol or to the end of its
 * section. Both are flattened at construction into ranges that do not overlap, so that a lookup is
 * one binary search whatever the file says.
 */
export type SymbolKind = 'function' | 'object' | 'other';

export interface ImageSymbol {
  readonly name: string;
  /** Without the Thumb bit. */
  readonly address: number;
  /** Bytes; 0 when the file does not say. */
  readonly size: number;
  readonly kind: SymbolKind;
  readonly global: boolean;
  /** Arm: a function of Thumb instructions. */
  readonly thumb: boolean;
  /** End of the section that it lies in; null for a number that is no address (absolute). */
  readonly limit: number | null;
}

/** What the bytes from an address on are, from mapping symbols: Arm $a $t $d, RISC-V $x $d. */
export type CodeKind = 'arm' | 'thumb' | 'code' | 'data';

export interface CodeMark {
  readonly address: number;
  readonly kind: CodeKind;
}

export class SymbolTable {
  /** In order of address. */
  readonly all: readonly ImageSymbol[];
  private readonly names = new Map<string, ImageSymbol>();
  private readonly marks: readonly CodeMark[];
  private readonly ranges: Ranges;

  constructor(symbols: readonly ImageSymbol[], marks: readonly CodeMark[] = []) {
    this.all = [...symbols].sort((a, b) => a.address - b.address || rank(a) - rank(b));
    this.marks = [...marks].sort((a, b) => a.address - b.address);
    for (const symbol of this.all) {
      const known = this.names.get(symbol.name);
      if (known === undefined || (symbol.global && !known.global)) {
        this.names.set(symbol.name, symbol);
      }
    }
    this.ranges = fillGaps(coverBySize(this.all), this.all);
  }

  /** A symbol by its name as in the file; a global one before a local one. */
  byName(name: string): ImageSymbol | null {
    return this.names.get(name) ?? null;
  }

  /** The symbol that an address belongs to. O(log n). */
  at(address: number): ImageSymbol | null {
    const { starts, ends, symbols } = this.ranges;
    const index = lastAtOrBelow(starts, address);
    return index >= 0 && address < ends[index]! ? symbols[index]! : null;
  }

  /** What mapping symbols say of an address; null without one at or below it. O(log n). */
  codeAt(address: number): CodeKind | null {
    let low = 0;
    let high = this.marks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.marks[middle]!.address <= address) low = middle + 1;
      else high = middle;
    }
    return this.marks[low - 1]?.kind ?? null;
  }
}

/** Ranges in order of address, without overlap. */
interface Ranges {
  readonly starts: number[];
  readonly ends: number[];
  readonly symbols: ImageSymbol[];
}

/** Of symbols at one address the last in this order names it. */
function rank(symbol: ImageSymbol): number {
  return (symbol.kind === 'function' ? 4 : 0) + (symbol.size > 0 ? 2 : 0) + (symbol.global ? 1 : 0);
}

/**
 * The ranges of symbols with a size. Of two that overlap the one that starts later wins, and the
 * earlier goes on after it: a stack of those still open, each pushed and popped once. O(n).
 */
function coverBySize(all: readonly ImageSymbol[]): Ranges {
  const ranges: Ranges = { starts: [], ends: [], symbols: [] };
  const open: ImageSymbol[] = [];
  let cursor = 0;
  const closeUpTo = (address: number): void => {
    while (open.length > 0 && cursor < address) {
      const top = open.at(-1)!;
      const end = Math.min(top.address + top.size, address);
      if (end > cursor) push(ranges, cursor, end, top);
      cursor = Math.max(cursor, end);
      if (top.address + top.size <= address) open.pop();
    }
  };
  for (const symbol of all) {
    if (symbol.size === 0 || symbol.limit === null) continue;
    closeUpTo(symbol.address);
    cursor = symbol.address;
    open.push(symbol);
  }
  closeUpTo(Number.MAX_VALUE);
  return ranges;
}

/** Adds the symbols without a size where no sized one covers. O(n). */
function fillGaps(sized: Ranges, all: readonly ImageSymbol[]): Ranges {
  const ranges: Ranges = { starts: [], ends: [], symbols: [] };
  const labels = all.filter(
    ({ size, kind, limit }) => size === 0 && kind !== 'object' && limit !== null,
  );
  let next = 0;
  labels.forEach((label, index) => {
    while (next < sized.starts.length && sized.starts[next]! <= label.address) {
      push(ranges, sized.starts[next]!, sized.ends[next]!, sized.symbols[next]!);
      next++;
    }
    const stop = Math.min(
      labels[index + 1]?.address ?? Number.MAX_VALUE,
      sized.starts[next] ?? Number.MAX_VALUE,
      label.limit!,
    );
    const start = Math.max(label.address, ranges.ends.at(-1) ?? 0);
    if (start === label.address && stop > start) push(ranges, start, stop, label);
  });
  for (; next < sized.starts.length; next++) {
    push(ranges, sized.starts[next]!, sized.ends[next]!, sized.symbols[next]!);
  }
  return ranges;
}

function push(ranges: Ranges, start: number, end: number, symbol: ImageSymbol): void {
  ranges.starts.push(start);
  ranges.ends.push(end);
  ranges.symbols.push(symbol);
}

/** Index of the last number at or below a value in an ascending list; -1 when there is none. */
export function lastAtOrBelow(items: ArrayLike<number>, value: number): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (items[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
