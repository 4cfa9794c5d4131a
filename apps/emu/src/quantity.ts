/** Numbers as people write them on a command line. */
import { UsageError } from './usage-error.ts';

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  K: 2 ** 10,
  KIB: 2 ** 10,
  M: 2 ** 20,
  MIB: 2 ** 20,
  G: 2 ** 30,
  GIB: 2 ** 30,
};

export interface Bounds {
  readonly least: number;
  readonly most: number;
}

/**
 * Bytes: `8192`, `0x2000`, `64K`, `16M`, `1GiB`; K is 1024.
 *
 * @throws UsageError  not such a number, or out of bounds
 */
export function parseByteCount(option: string, text: string, bounds: Bounds): number {
  const match = /^(0x[0-9a-f]+|\d+)([a-z]*)$/i.exec(text);
  const unit = UNITS[match?.[2]?.toUpperCase() ?? '?'];
  if (match === null || unit === undefined) {
    throw new UsageError(
      `${option}: not a number of bytes: ${quoted(text)} (as in 8192, 64K, 16M)`,
    );
  }
  return bounded(option, text, Number(match[1]) * unit, bounds);
}

/**
 * A whole number, decimal or with `0x`; `_` may stand between digits.
 *
 * @throws UsageError  not such a number, or out of bounds
 */
export function parseWholeNumber(option: string, text: string, bounds: Bounds): number {
  if (!/^(0x[0-9a-f]+|\d[\d_]*)$/i.test(text)) {
    throw new UsageError(`${option}: not a whole number: ${quoted(text)}`);
  }
  return bounded(option, text, Number(text.replaceAll('_', '')), bounds);
}

/**
 * Seconds above zero, as in `2` or `0.5`.
 *
 * @throws UsageError
 */
export function parseSeconds(option: string, text: string): number {
  const seconds = /^(\d+\.?\d*|\.\d+)$/.test(text) ? Number(text) : 0;
  if (seconds <= 0) throw new UsageError(`${option}: not a number of seconds: ${quoted(text)}`);
  return seconds;
}

/** `text` in quotes, cut to a length a line can hold, without control characters. */
export function quoted(text: string): string {
  const cut = text.length > 80 ? `${text.slice(0, 80)}…` : text;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is replaced.
  return `'${cut.replace(/[\u0000-\u001f\u007f]/g, '?')}'`;
}

function bounded(option: string, text: string, value: number, bounds: Bounds): number {
  if (value < bounds.least || value > bounds.most) {
    throw new UsageError(
      `${option}: ${quoted(text)} is out of range, ${bounds.least} to ${bounds.most}`,
    );
  }
  return value;
}
