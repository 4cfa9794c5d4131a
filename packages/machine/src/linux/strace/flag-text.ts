/** Numbers as the names of constants, in the manner of strace. */

import { hexInt, hexWord } from './scalar-text.ts';

/** A bit or a value, and its name. */
export type NamedNumber = readonly [number, string];

export interface FlagTable {
  /** What is written after a number that has no name: `PROT_???`. */
  readonly unknown: string;
  /** In the order in which strace names them; a combination before its parts. */
  readonly names: readonly NamedNumber[];
}

/** `PROT_READ|PROT_WRITE`, `0x40 /* PROT_??? * /`; of the value its low 32 bits count. */
export function flagsText(value: number, table: FlagTable): string {
  const all = value >>> 0;
  const { known, rest } = splitFlags(all, table.names);
  if (known.length === 0) return all === 0 ? '0' : `${hexInt(all)} /* ${table.unknown} */`;
  return rest === 0 ? known.join('|') : `${known.join('|')}|${hexInt(rest)}`;
}

/** The one constant of a value: `SEEK_SET`, `0x9 /* SEEK_??? * /`. */
export function choiceText(value: number, table: FlagTable): string {
  const name = nameOf(value, table);
  return name ?? `${hexWord(value >>> 0)} /* ${table.unknown} */`;
}

/** The name of a value, or null. */
export function nameOf(value: number, table: FlagTable): string | null {
  const wanted = value >>> 0;
  return table.names.find(([number]) => number >>> 0 === wanted)?.[1] ?? null;
}

/** The names of the bits, and the bits that have none. A name of 0 stands for no bits at all. */
export function splitFlags(
  value: number,
  names: readonly NamedNumber[],
): { readonly known: string[]; readonly rest: number } {
  const known: string[] = [];
  let rest = value >>> 0;
  if (rest === 0) {
    const nothing = names.find(([bits]) => bits === 0);
    return { known: nothing === undefined ? [] : [nothing[1]], rest };
  }
  for (const [bits, name] of names) {
    if (bits === 0 || (rest & bits) >>> 0 !== bits >>> 0) continue;
    known.push(name);
    rest = (rest & ~bits) >>> 0;
  }
  return { known, rest };
}
