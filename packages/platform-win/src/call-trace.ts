/** A call of a system function as a line of text, from its row: `VirtualAlloc(NULL, 65536, …) = …`. */
import { unsigned } from './address-word.ts';
import { statusName } from './nt-status.ts';
import type { SystemFunction, WinArgumentType, WinResultType } from './system-functions.ts';
import * as flags from './win-constants.ts';

/** Names of single bits, in the order in which they are shown. */
function bits(prefix: RegExp): readonly (readonly [string, number])[] {
  return Object.entries(flags)
    .filter(([name, value]) => prefix.test(name) && value > 0)
    .sort(([, low], [, high]) => low - high);
}

const NAMED: Readonly<Partial<Record<WinArgumentType, ReturnType<typeof bits>>>> = {
  'allocation-type': bits(/^MEM_(COMMIT|RESERVE|RESET|TOP_DOWN|WRITE_WATCH)$/),
  'free-type': bits(/^MEM_(DECOMMIT|RELEASE)$/),
  protection: bits(/^PAGE_/),
  'file-mapping': bits(/^(PAGE|SEC)_/),
  'section-flags': bits(/^SEC_/),
  'map-access': bits(/^FILE_MAP_/),
  'heap-flags': bits(/^HEAP_/),
  'global-flags': bits(/^GMEM_(MOVEABLE|ZEROINIT|MODIFY|DISCARDABLE|DDESHARE)$/),
};

/** Numbers, not addresses. */
const DECIMAL: ReadonlySet<WinArgumentType | WinResultType> = new Set([
  'size',
  'dword',
  'bool',
  'zero-bits',
]);

function hex(word: number): string {
  if (word >= 0) return `0x${word.toString(16)}`;
  return `0x${(2n ** 64n + BigInt(word)).toString(16)}`;
}

function flagText(value: number, names: ReturnType<typeof bits>): string {
  let left = value;
  const found: string[] = [];
  for (const [name, bit] of names) {
    if ((left & bit) === 0) continue;
    found.push(name);
    left &= ~bit;
  }
  if (left !== 0) found.push(hex(left >>> 0));
  return found.length === 0 ? '0' : found.join('|');
}

/** One argument. */
export function argumentText(type: WinArgumentType, word: number): string {
  const names = NAMED[type];
  if (names !== undefined) return flagText(word >>> 0, names);
  if (type === 'process' && word === -1) return 'self';
  if (DECIMAL.has(type)) return String(word < 0 ? hex(word) : word);
  return word === 0 ? 'NULL' : hex(word);
}

/** The result: a status by its name, addresses in hexadecimal digits. */
export function resultText(type: WinResultType, word: number): string {
  if (type === 'void') return 'void';
  if (type === 'status') return statusName(unsigned(word) % 2 ** 32);
  if (DECIMAL.has(type)) return word < 0 ? hex(word) : String(word);
  return word === 0 ? 'NULL' : hex(word);
}

/** A whole call, without its error. */
export function callText(row: SystemFunction, words: ArrayLike<number>, result: number): string {
  const shown = row.arguments.map((type, index) => argumentText(type, words[index]!));
  return `${row.name}(${shown.join(', ')}) = ${resultText(row.result, result)}`;
}
