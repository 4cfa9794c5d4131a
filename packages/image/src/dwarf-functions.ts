/**
 * Which functions were inlined at an address. A unit's entries are read when an address of it is
 * first asked for, and of them functions alone are kept.
 *
 * @see DWARF 5, sections 3.3.1 and 3.3.8
 */
import { isUnitReference } from './dwarf-form.ts';
import { type AddressRange, DwarfRanges } from './dwarf-ranges.ts';
import { ATTRIBUTE, type CompileUnit, type DwarfUnits, type Entry, TAG } from './dwarf-units.ts';
import { ImageError } from './image-error.ts';
import type { LiveCode } from './live-code.ts';
import { flattenRanges, type Range, type Ranges, rangeAt } from './range-list.ts';

/** A function whose body is at an address: one of its own, or inlined into the one around it. */
export interface FunctionScope {
  /** As linked (mangled) where the file says, else as in the source; null without a name. */
  readonly name: string | null;
  readonly inlined: boolean;
  /** Where the call stood that was inlined: number of the file, and line; 0 when unknown. */
  readonly callFile: number;
  readonly callLine: number;
  /** Offset of the unit's line program, in whose file table `callFile` counts. */
  readonly lineProgram: number | null;
}

interface Scope {
  readonly unit: CompileUnit;
  readonly entry: Entry;
  readonly ranges: readonly AddressRange[];
  readonly children: Scope[];
}

/** Steps from an entry to the one that has its name. */
const REFERENCE_DEPTH = 8;
/** Functions inlined into each other more than this deep are read as one. */
const NESTING_LIMIT = 256;
const FUNCTION_TAGS: ReadonlySet<number> = new Set([TAG.inlined, TAG.subprogram]);

export class DwarfFunctions {
  private readonly units: DwarfUnits;
  private readonly ranges: DwarfRanges;
  private readonly isLive: LiveCode;
  private readonly scopes = new Map<CompileUnit, Ranges<Scope>>();
  private index: Ranges<CompileUnit> | null = null;

  constructor(units: DwarfUnits, isLive: LiveCode) {
    this.units = units;
    this.ranges = new DwarfRanges(units.sections);
    this.isLive = isLive;
  }

  /** The functions around an address, innermost first; empty when nothing is known of it. */
  at(address: number): FunctionScope[] {
    this.index ??= this.indexUnits();
    const unit = rangeAt(this.index, address);
    if (unit === null) return [];
    const scopes = this.scopesOf(unit);
    const found: FunctionScope[] = [];
    for (let scope = rangeAt(scopes, address); scope !== null; ) {
      found.unshift(this.describe(scope));
      scope = scope.children.find((child) => covers(child.ranges, address)) ?? null;
    }
    return found;
  }

  /** Units by address. One that does not list its ranges has those of its functions. */
  private indexUnits(): Ranges<CompileUnit> {
    const ranges: Range<CompileUnit>[] = [];
    for (const unit of this.units.all()) {
      const own = this.ranges.of(unit, unit.entry);
      for (const { start, end } of own) {
        if (this.isLive(start, end)) ranges.push({ start, end, item: unit });
      }
      if (own.length > 0) continue;
      const { starts, ends } = this.scopesOf(unit);
      starts.forEach((start, n) => {
        ranges.push({ start, end: ends[n]!, item: unit });
      });
    }
    return flattenRanges(ranges);
  }

  private scopesOf(unit: CompileUnit): Ranges<Scope> {
    const known = this.scopes.get(unit);
    if (known !== undefined) return known;
    const scopes = this.readScopes(unit);
    this.scopes.set(unit, scopes);
    return scopes;
  }

  /** The functions of a unit, those inlined into each below it; the damaged rest is left out. */
  private readScopes(unit: CompileUnit): Ranges<Scope> {
    const top: Range<Scope>[] = [];
    try {
      this.walk(unit, (scope, parent) => {
        if (parent !== null) parent.children.push(scope);
        else for (const { start, end } of scope.ranges) top.push({ start, end, item: scope });
      });
    } catch (error) {
      if (!(error instanceof ImageError)) throw error;
    }
    return flattenRanges(top.filter(({ start, end }) => this.isLive(start, end)));
  }

  /** Visits the functions with code of a unit in order, each with the one that it is inlined in. */
  private walk(unit: CompileUnit, visit: (scope: Scope, parent: Scope | null) => void): void {
    const shapes = this.units.shapes(unit);
    const reader = this.units.reader(unit, unit.firstEntry);
    // For each open list of children the function around it.
    const parents: (Scope | null)[] = [];
    do {
      const entry = this.units.entry(reader, unit, shapes);
      if (entry === null) {
        parents.pop();
        continue;
      }
      const parent = parents.at(-1) ?? null;
      let scope = parent;
      if (FUNCTION_TAGS.has(entry.tag)) {
        const ranges = this.ranges.of(unit, entry);
        if (ranges.length > 0 && parents.length < NESTING_LIMIT) {
          scope = { unit, entry, ranges, children: [] };
          visit(scope, entry.tag === TAG.inlined ? parent : null);
        } else if (entry.tag === TAG.subprogram) scope = null;
      }
      if (entry.hasChildren) parents.push(scope);
    } while (parents.length > 0 && !reader.atEnd);
  }

  private describe({ unit, entry }: Scope): FunctionScope {
    const number = (attribute: number): number => entry.attributes.get(attribute)?.value ?? 0;
    return {
      name: this.name(unit, entry, REFERENCE_DEPTH),
      inlined: entry.tag === TAG.inlined,
      callFile: number(ATTRIBUTE.callFile),
      callLine: number(ATTRIBUTE.callLine),
      lineProgram: unit.lineProgram,
    };
  }

  /** An entry's name, which may stand at the entry that it is an instance or a definition of. */
  private name(unit: CompileUnit, { attributes }: Entry, depth: number): string | null {
    const linked =
      attributes.get(ATTRIBUTE.linkageName) ?? attributes.get(ATTRIBUTE.oldLinkageName);
    const own = this.units.text(unit, linked);
    if (own !== null) return own;
    const plain = this.units.text(unit, attributes.get(ATTRIBUTE.name));
    const reference =
      attributes.get(ATTRIBUTE.abstractOrigin) ?? attributes.get(ATTRIBUTE.specification);
    if (reference === undefined || depth === 0) return plain;
    const inUnit = isUnitReference(reference.form);
    const offset = inUnit ? unit.offset + reference.value : reference.value;
    const target = inUnit ? unit : this.units.unitOf(offset);
    if (target === null || offset < target.firstEntry) return plain;
    try {
      const reader = this.units.reader(target, offset);
      const entry = this.units.entry(reader, target, this.units.shapes(target));
      return (entry === null ? null : this.name(target, entry, depth - 1)) ?? plain;
    } catch (error) {
      if (!(error instanceof ImageError)) throw error;
      return plain;
    }
  }
}

function covers(ranges: readonly AddressRange[], address: number): boolean {
  return ranges.some(({ start, end }) => address >= start && address < end);
}
