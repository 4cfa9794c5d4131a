/** The instruction table: all rows, and those that a set of features has. */
import { EXTENDED_ROWS } from './extended-rows.ts';
import { FLOAT_VECTOR_ROWS } from './float-vector-rows.ts';
import { INTEGER_ROWS } from './integer-rows.ts';
import { INTEGER_VECTOR_ROWS } from './integer-vector-rows.ts';
import type { Feature, Row } from './row.ts';
import { X87_ROWS } from './x87-rows.ts';

export const X86_ROWS: readonly Row[] = [
  ...INTEGER_ROWS,
  ...EXTENDED_ROWS,
  ...X87_ROWS,
  ...FLOAT_VECTOR_ROWS,
  ...INTEGER_VECTOR_ROWS,
];

/** The rows of a CPU with these features; `base` is always there. */
export function x86Rows(features: ReadonlySet<Feature>): Row[] {
  return X86_ROWS.filter(({ feature }) => feature === 'base' || features.has(feature));
}
