/** Names for addresses: functions from symbols and DWARF, file and line from DWARF. */
import { DebugSections } from './debug-sections.ts';
import { DwarfFunctions } from './dwarf-functions.ts';
import { LineTable } from './dwarf-lines.ts';
import { DwarfUnits } from './dwarf-units.ts';
import { liveCode } from './live-code.ts';
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

/** A place of a stack; `inlined` when it is part of the next one's machine code. */
export interface Frame extends Place {
  readonly inlined: boolean;
}

/** Turns a mangled name into what the source says; the name itself when it is not mangled. */
export type Demangler = (name: string) => string;

/** Places that are remembered; the same few addresses come again and again. */
const CACHE_LIMIT = 16_384;

export class Symbolizer {
  private readonly symbols: SymbolTable;
  private readonly lines: LineTable;
  private readonly functions: DwarfFunctions;
  private readonly sections: DebugSections;
  private readonly demangle: Demangler;
  private readonly known = new Map<number, readonly Frame[]>();

  constructor(plan: LoadPlan, demangle: Demangler = (name) => name) {
    this.symbols = plan.symbols;
    this.sections = new DebugSections(plan);
    const units = new DwarfUnits(this.sections);
    this.lines = new LineTable(plan, this.sections, units);
    this.functions = new DwarfFunctions(units, liveCode(plan));
    this.demangle = demangle;
  }

  /**
   * The place of an instruction: the function that has its machine code, and the source line that
   * it comes from. For a return address ask for the address before it: the call is what the reader
   * looks for.
   */
  at(address: number): Place {
    const frames = this.frames(address);
    const { file, line } = frames[0]!;
    const { function: name, offset } = frames.at(-1)!;
    return { function: name, offset, file, line };
  }

  /**
   * The same with the functions that were inlined there, innermost first: each but the last is
   * inlined into the next. There is always one at least.
   */
  frames(address: number): readonly Frame[] {
    const known = this.known.get(address);
    if (known !== undefined) return known;
    const frames = this.describe(address);
    if (this.known.size >= CACHE_LIMIT) this.known.clear();
    this.known.set(address, frames);
    return frames;
  }

  /** Why debug sections that the file has cannot be read, one line each; empty when all can. */
  get refusals(): readonly string[] {
    return [...this.sections.refused].map(([name, why]) => `${name}: ${why}`);
  }

  private describe(address: number): readonly Frame[] {
    const symbol = this.symbols.at(address);
    const scopes = this.functions.at(address);
    const source = this.lines.at(address);
    let place = { file: source?.file ?? null, line: source?.line ?? null };
    const frames: Frame[] = [];
    for (const { inlined, name, callFile, callLine, lineProgram } of scopes) {
      if (!inlined) break;
      frames.push({ function: this.show(name), offset: 0, ...place, inlined: true });
      const file = lineProgram === null ? null : this.lines.fileName(lineProgram, callFile);
      place = { file: callLine === 0 ? null : file, line: callLine === 0 ? null : callLine };
    }
    const name = symbol?.name ?? scopes.find(({ inlined }) => !inlined)?.name ?? null;
    const offset = address - (symbol?.address ?? 0);
    frames.push({ function: this.show(name), offset, ...place, inlined: false });
    return frames;
  }

  private show(name: string | null): string | null {
    return name === null ? null : this.demangle(name);
  }
}
