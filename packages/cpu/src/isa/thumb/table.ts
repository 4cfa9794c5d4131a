/** The instruction table of a core: all rows, and those that one version has. */
import { DSP } from './dsp.ts';
import { FLOAT } from './float.ts';
import type { ThumbOptions } from './lifting.ts';
import { MULTIPLY } from './multiply.ts';
import { NARROW_CONTROL } from './narrow-control.ts';
import { NARROW_DATA } from './narrow-data.ts';
import { NARROW_MEMORY } from './narrow-memory.ts';
import type { Feature, Row } from './row.ts';
import { WIDE_CONTROL } from './wide-control.ts';
import { WIDE_DATA } from './wide-data.ts';
import { WIDE_MEMORY } from './wide-memory.ts';
import { WIDE_REGISTER } from './wide-register.ts';

export const THUMB_ROWS: readonly Row[] = [
  ...NARROW_DATA,
  ...NARROW_MEMORY,
  ...NARROW_CONTROL,
  ...WIDE_DATA,
  ...WIDE_REGISTER,
  ...MULTIPLY,
  ...DSP,
  ...FLOAT,
  ...WIDE_MEMORY,
  ...WIDE_CONTROL,
];

const ORDER: readonly Feature[] = ['v6m', 'v7m', 'v7em'];

/** The rows of a core. */
export function thumbRows({ version, fpu }: ThumbOptions): Row[] {
  return THUMB_ROWS.filter(({ since }) =>
    since === 'fpu' ? fpu === true : ORDER.indexOf(since) <= ORDER.indexOf(version),
  );
}
