/** Abbreviations: the shapes of debug information entries. @see DWARF 5, section 7.5.3 */
import type { ByteReader } from './byte-reader.ts';
import type { DebugSections } from './debug-sections.ts';
import { FORM_IMPLICIT_CONSTANT } from './dwarf-form.ts';
import { ImageError } from './image-error.ts';

export interface Abbreviation {
  readonly tag: number;
  readonly hasChildren: boolean;
  /** Attribute, form and implicit constant in turn. */
  readonly attributes: readonly number[];
}

/** Numbers of one attribute in `attributes`. */
export const ATTRIBUTE_STRIDE = 3;

/**
 * Abbreviation tables by their offset. Units may share one; a hostile file may instead let each of
 * many units start another within the same bytes, so all tables together have a budget.
 */
export class AbbreviationTables {
  private readonly sections: DebugSections;
  private readonly known = new Map<number, ReadonlyMap<number, Abbreviation>>();
  private budget: number | null = null;

  constructor(sections: DebugSections) {
    this.sections = sections;
  }

  /** The table at an offset by code; a damaged one ends at its damage. */
  at(offset: number): ReadonlyMap<number, Abbreviation> {
    const known = this.known.get(offset);
    if (known !== undefined) return known;
    const table = this.read(offset);
    this.known.set(offset, table);
    return table;
  }

  private read(offset: number): ReadonlyMap<number, Abbreviation> {
    const reader = this.sections.reader('.debug_abbrev', offset);
    this.budget ??= reader.length * 2;
    const table = new Map<number, Abbreviation>();
    try {
      while (!reader.atEnd && reader.position - offset < this.budget) {
        const code = reader.uleb();
        if (code === 0) break;
        table.set(code, readShape(reader));
      }
    } catch (error) {
      if (!(error instanceof ImageError)) throw error;
    }
    this.budget -= reader.position - offset;
    return table;
  }
}

function readShape(reader: ByteReader): Abbreviation {
  const tag = reader.uleb();
  const hasChildren = reader.next8() !== 0;
  const attributes: number[] = [];
  for (;;) {
    const name = reader.uleb();
    const form = reader.uleb();
    const constant = form === FORM_IMPLICIT_CONSTANT ? reader.sleb() : 0;
    if (name === 0 && form === 0) return { tag, hasChildren, attributes };
    attributes.push(name, form, constant);
  }
}
