/** A row of the instruction table: everything there is to know of one encoding. */
import type { Lifting } from './lifting.ts';
import { type Fields, type Pattern, parsePattern } from './pattern.ts';

/**
 * The extension that has an encoding. `i` stands for the base with Zicsr, Zifencei and the
 * machine-mode instructions; compressed floating-point loads and stores belong to `f` and `d`.
 */
export type Extension = 'i' | 'm' | 'a' | 'f' | 'd' | 'c';

/** Emits what the instruction does into `lifting.block`. */
export type Lift = (lifting: Lifting, fields: Fields) => void;

export interface Row {
  readonly extension: Extension;
  readonly pattern: Pattern;
  readonly mnemonic: string;
  /** Operands in the little language of describe.ts. */
  readonly operands: string;
  readonly lift: Lift;
  /** Values of fields that the encoding implies (`c.lwsp`: rs1 is 2). */
  readonly implied: Readonly<Partial<Fields>>;
}

/** Makes a row; its pattern is parsed here, once. */
export function row(
  extension: Extension,
  pattern: string,
  mnemonic: string,
  operands: string,
  lift: Lift,
  implied: Readonly<Partial<Fields>> = {},
): Row {
  return { extension, pattern: parsePattern(pattern), mnemonic, operands, lift, implied };
}
