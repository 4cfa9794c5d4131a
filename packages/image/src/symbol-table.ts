/**
 * Symbols by name and by address.
 *
 * An address belongs to the innermost symbol whose size covers it. Symbols without a size, labels
 * of assembly code, fill what is left: each reaches to the next symbol or to the end of its
 * section. Both are flattened at construction into ranges that do not overlap, so that a lookup is
 * one binary search whatever the file says.
 */
import { flattenRanges, lastAtOrBelow, pushRange, type Ranges, rangeAt } from './range-list.ts';

/** A thread-local symbol's address is an offset in the thread's block. */
export type SymbolKind = 'function' | 'object' | 'thread-local' | 'other';

export interface ImageSymbol {
  readonly name: string;
  /** Without the Thumb bit. */
  readonly address: number;
  /** Bytes; 0 when the file does not say. */
  readonly size: number;
  readonly kind: SymbolKind;
  /** Visible to other objects when it was linked; weak ones too. */
  readonly global: boolean;
  readonly weak: boolean;
  /** Arm: a function of Thumb instructions. */
  readonly thumb: boolean;
  /** End of the section that it lies in; null for a number that is no address (absolute, thread-local). */
  readonly limit: number | null;
}

/** What the bytes from an address on are, from mapping symbols: Arm $a $t $d, RISC-V $x $d. */
export type CodeKind = 'arm' | 'thumb' | 'code' | 'data';

export interface CodeMark {
  readonly address: number;
  readonly kind: CodeKind;
}

/** What a file has of symbols. */
export interface SymbolLists {
  readonly symbols: readonly ImageSymbol[];
  readonly marks: readonly CodeMark[];
}

export class SymbolTable {
  private readonly read: () => SymbolLists;
  // Each made when first asked for: most runs ask for nothing.
  private lists: SymbolLists | null = null;
  private sorted: readonly ImageSymbol[] | null = null;
  private sortedMarks: readonly CodeMark[] | null = null;
  private names: ReadonlyMap<string, ImageSymbol> | null = null;
  private ranges: Ranges<ImageSymbol> | null = null;

  /** @param symbols  or what reads them, and the marks */
  constructor(
    symbols: readonly ImageSymbol[] | (() => SymbolLists),
    marks: readonly CodeMark[] = [],
  ) {
    this.read = typeof symbols === 'function' ? symbols : () => ({ symbols, marks });
  }

  /** In order of address. */
  get all(): readonly ImageSymbol[] {
    this.sorted ??= [...this.given.symbols].sort(compare);
    return this.sorted;
  }

  /** Whether a name passes a test. */
  hasName(test: (name: string) => boolean): boolean {
    return this.given.symbols.some(({ name }) => test(name));
  }

  /** A symbol by its name as in the file; a global one before a local one. */
  byName(name: string): ImageSymbol | null {
    this.names ??= byName(this.all);
    return this.names.get(name) ?? null;
  }

  /** The symbol that an address belongs to. O(log n). */
  at(address: number): ImageSymbol | null {
    this.ranges ??= fillGaps(coverBySize(this.all), this.all);
    return rangeAt(this.ranges, address);
  }

  /** What mapping symbols say of an address; null without one at or below it. O(log n). */
  codeAt(address: number): CodeKind | null {
    this.sortedMarks ??= [...this.given.marks].sort((a, b) => a.address - b.address);
    const marks = this.sortedMarks;
    return marks[lastAtOrBelow(marks.length, (n) => marks[n]!.address, address)]?.kind ?? null;
  }

  private get given(): SymbolLists {
    this.lists ??= this.read();
    return this.lists;
  }
}

function byName(all: readonly ImageSymbol[]): ReadonlyMap<string, ImageSymbol> {
  const names = new Map<string, ImageSymbol>();
  for (const symbol of all) {
    const known = names.get(symbol.name);
    if (known === undefined || (symbol.global && !known.global)) names.set(symbol.name, symbol);
  }
  return names;
}

/**
 * Order of symbols at one address: the last names it. Functions before the rest, sized before
 * unsized; of aliases the plainest (`memcpy` before `__aeabi_memcpy`), strong before weak (a
 * default handler before all the vectors that fall back to it), global before local.
 */
function compare(a: ImageSymbol, b: ImageSymbol): number {
  return (
    a.address - b.address ||
    rank(a) - rank(b) ||
    underscores(b.name) - underscores(a.name) ||
    Number(b.weak) - Number(a.weak) ||
    Number(a.global) - Number(b.global) ||
    b.name.length - a.name.length
  );
}

function rank(symbol: ImageSymbol): number {
  return (symbol.kind === 'function' ? 2 : 0) + (symbol.size > 0 ? 1 : 0);
}

function underscores(name: string): number {
  let count = 0;
  while (name[count] === '_') count++;
  return count;
}

/** The ranges of symbols with a size; of two that overlap the one that starts later wins. */
function coverBySize(all: readonly ImageSymbol[]): Ranges<ImageSymbol> {
  const sized = all.filter(({ size, limit }) => size > 0 && limit !== null);
  return flattenRanges(
    sized.map((item) => ({ start: item.address, end: item.address + item.size, item })),
  );
}

/** Adds the symbols without a size where no sized one covers. O(n). */
function fillGaps(sized: Ranges<ImageSymbol>, all: readonly ImageSymbol[]): Ranges<ImageSymbol> {
  const ranges: Ranges<ImageSymbol> = { starts: [], ends: [], items: [] };
  const labels = all.filter(
    ({ size, kind, limit }) => size === 0 && kind !== 'object' && limit !== null,
  );
  let next = 0;
  labels.forEach((label, index) => {
    while (next < sized.starts.length && sized.starts[next]! <= label.address) {
      pushRange(ranges, sized.starts[next]!, sized.ends[next]!, sized.items[next]!);
      next++;
    }
    const stop = Math.min(
      labels[index + 1]?.address ?? Number.MAX_VALUE,
      sized.starts[next] ?? Number.MAX_VALUE,
      label.limit!,
    );
    const start = Math.max(label.address, ranges.ends.at(-1) ?? 0);
    if (start === label.address && stop > start) pushRange(ranges, start, stop, label);
  });
  for (; next < sized.starts.length; next++) {
    pushRange(ranges, sized.starts[next]!, sized.ends[next]!, sized.items[next]!);
  }
  return ranges;
}
