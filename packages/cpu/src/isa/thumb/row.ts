/**
 * A row of the instruction table: everything there is to know of one encoding.
 */
import type { Lifting } from './lifting.ts';
import { type Fields, type Pattern, parsePattern } from './pattern.ts';

/** Which core has an encoding; each of v6m, v7m, v7em has all of the one before. */
export type Feature = 'v6m' | 'v7m' | 'v7em' | 'fpu';

export type Lift = (lifting: Lifting, fields: Fields) => void;

export interface Row {
  readonly pattern: Pattern;
  /** Assembler name; `{c}` and `{s}` stand for a condition and the flag-setting suffix. */
  readonly mnemonic: string;
  /** Operands in the little language of describe.ts. */
  readonly operands: string;
  readonly since: Feature;
  readonly lift: Lift;
  /** Letters of the 4-bit register fields in which 15 has a meaning; elsewhere it is undefined. */
  readonly pc: string;
  /** Field values that are an encoding; others are undefined. */
  readonly valid: (fields: Fields) => boolean;
  /** Whether it runs whatever the IT state says (BKPT). */
  readonly unconditional: boolean;
}

export interface RowOptions {
  readonly pc?: string;
  readonly valid?: (fields: Fields) => boolean;
  readonly unconditional?: boolean;
}

/** Letters that name 4-bit registers in 32-bit encodings, where 15 is mostly not allowed. */
const REGISTER_LETTERS = 'dnmathl';

/** Makes a row; its pattern is parsed here, once. */
export function row(
  since: Feature,
  pattern: string,
  mnemonic: string,
  operands: string,
  lift: Lift,
  options: RowOptions = {},
): Row {
  const parsed = parsePattern(pattern);
  const pc = options.pc ?? '';
  const forbidden = parsed.fields
    .filter(([letter, slices]) => isFullRegister(letter, slices) && !pc.includes(letter))
    .map(([letter]) => letter);
  const { valid } = options;
  return {
    pattern: parsed,
    mnemonic,
    operands,
    since,
    lift,
    pc,
    valid: (f) =>
      forbidden.every((letter) => f[letter] !== 15) && (valid === undefined || valid(f)),
    unconditional: options.unconditional ?? false,
  };
}

function isFullRegister(letter: string, slices: readonly { width: number }[]): boolean {
  return (
    REGISTER_LETTERS.includes(letter) && slices.reduce((sum, { width }) => sum + width, 0) === 4
  );
}
