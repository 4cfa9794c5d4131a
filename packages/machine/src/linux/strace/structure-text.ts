/** Structures and arrays that an argument points to. */
import { type ArgumentText, Fields, isFailed, type TraceMemory } from './call-view.ts';
import { addressText, lengthOf } from './scalar-text.ts';

/** Elements of an array that are shown. @see strace(1): -s */
const SHOWN_ELEMENTS = 32;

/** How a structure of so many bytes is written. */
export interface StructureFormat {
  readonly bytes: number;
  readonly text: (fields: Fields) => string;
}

/** What is at an address, or the address when nothing can be read there. */
export function structureAt(address: number, memory: TraceMemory, format: StructureFormat): string {
  if (address === 0) return 'NULL';
  const bytes = memory.read(address, format.bytes);
  return bytes === null ? addressText(address) : format.text(new Fields(bytes));
}

/** `[a, b]` of so many structures at an address, `...` after as many as are shown. */
export function arrayAt(
  address: number,
  count: number,
  memory: TraceMemory,
  format: StructureFormat,
): string {
  if (address === 0) return 'NULL';
  const shown = Math.min(lengthOf(count), SHOWN_ELEMENTS);
  if (lengthOf(count) * format.bytes >= 2 ** 64) return addressText(address);
  const bytes = memory.read(address, shown * format.bytes);
  if (bytes === null) return addressText(address);
  const texts = Array.from({ length: shown }, (_, at) =>
    format.text(new Fields(bytes.subarray(at * format.bytes, (at + 1) * format.bytes))),
  );
  if (shown < lengthOf(count)) texts.push('...');
  return `[${texts.join(', ')}]`;
}

/** A structure that the call reads. */
export function structureIn(format: StructureFormat): ArgumentText {
  return (word, call) => structureAt(word, call.memory, format);
}

/** A structure that the call writes: its address when the call failed. */
export function structureOut(format: StructureFormat): ArgumentText {
  return (word, call) =>
    isFailed(call) ? addressText(word) : structureAt(word, call.memory, format);
}

/** `[7]`: one number that a pointer points to. */
export const ONE_INT: StructureFormat = { bytes: 4, text: (fields) => `[${fields.i32(0)}]` };
export const ONE_WORD: StructureFormat = { bytes: 8, text: (fields) => `[${fields.word(0)}]` };
export const ONE_ADDRESS: StructureFormat = {
  bytes: 8,
  text: (fields) => `[${addressText(fields.word(0))}]`,
};
