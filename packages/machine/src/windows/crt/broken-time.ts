/** struct tm: where its fields lie in memory, and the texts and times that are made of them. */
import type { Call } from '../call.ts';
import { timeText } from './time-text.ts';

const FIELDS = 9;
const FIELD_BYTES = 4;

/** The fields of a struct tm of the program's. */
export function readBrokenTime({ memory }: Call, at: number): number[] {
  return Array.from({ length: FIELDS }, (_, n) => memory.i32(at + n * FIELD_BYTES));
}

export function writeBrokenTime({ memory }: Call, at: number, fields: readonly number[]): void {
  fields.forEach((field, n) => {
    memory.setU32(at + n * FIELD_BYTES, field);
  });
}

/** The text of asctime, with the end of its line. */
export function clockText(fields: readonly number[]): string {
  return `${timeText('%a %b %d %H:%M:%S %Y', fields)}\n`;
}
