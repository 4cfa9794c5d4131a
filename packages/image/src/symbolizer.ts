/** Names for addresses: the function from the symbols, file and line from DWARF. */
import { LineTable } from './dwarf-lines.ts';
import type { LoadPlan } from './load-plan.ts';
import type { SymbolTable } from './symbol-table.ts';

export interface Place {
  /** Null when no symbol covers the address. */
  readonly function: string | null;
  /** Bytes from the start of the function, or of the image. */
  readonly offset: number;
  readonly file: string | null;
  readonly line: number | null;
}

/** Turns a mangled name into what the source says; the name itself when it is not mangled. */
export type Demangler = (name: string) => string;

export class Symbolizer {
  private readonly symbols: SymbolTable;
  private readonly lines: LineTable;
  private readonly demangle: Demangler;

  constructor(plan: LoadPlan, demangle: Demangler = (name) => name) {
    this.symbols = plan.symbols;
    this.lines = new LineTable(plan.sections, plan.pointerBits);
    this.demangle = demangle;
  }

  /**
   * The place of an instruction. For a return address ask for the address before it: the call is
   * what the reader looks for.
   */
  at(address: number): Place {
    const symbol = this.symbols.at(address);
    const source = this.lines.at(address);
    return {
      function: symbol === null ? null : this.demangle(symbol.name),
      offset: symbol === null ? address : address - symbol.address,
      file: source?.file ?? null,
      line: source?.line ?? null,
    };
  }
}
