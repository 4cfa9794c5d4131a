/** The instruction table: all rows, and those that a set of extensions has. */
import { ATOMIC } from './atomic.ts';
import { COMPRESSED } from './compressed.ts';
import { COMPRESSED_FLOAT } from './compressed-float.ts';
import { FLOAT } from './float.ts';
import { INTEGER } from './integer.ts';
import { MULTIPLY } from './multiply.ts';
import type { Extension, Row } from './row.ts';
import { SYSTEM } from './system.ts';

export const RISCV_ROWS: readonly Row[] = [
  ...INTEGER,
  ...SYSTEM,
  ...MULTIPLY,
  ...ATOMIC,
  ...COMPRESSED,
  ...FLOAT,
  ...COMPRESSED_FLOAT,
];

/** The rows of a core with these extensions. */
export function riscvRows(extensions: ReadonlySet<Extension>): Row[] {
  return RISCV_ROWS.filter(({ extension }) => extensions.has(extension));
}
