/** Words of arguments and results as numbers. They come as signed numbers, see platform-posix. */

const WORD_BITS = 64;

/** An address: `NULL`, `0x7f0000001000`. */
export function addressText(word: number): string {
  return word === 0 ? 'NULL' : `0x${unsignedWord(word).toString(16)}`;
}

/** `0`, `0x1f`, as C's `%#lx`. */
export function hexWord(word: number): string {
  return word === 0 ? '0' : `0x${unsignedWord(word).toString(16)}`;
}

/** A 32-bit number, `0x1f`; also of 0. */
export function hexInt(word: number): string {
  return `0x${(word >>> 0).toString(16)}`;
}

export function unsignedText(word: number): string {
  return Number.isSafeInteger(word) && word >= 0 ? String(word) : unsignedWord(word).toString();
}

/** A word with its sign: all its digits, however large it is. */
export function signedText(word: number): string {
  return Number.isSafeInteger(word) ? String(word) : BigInt(word).toString();
}

/** A length in a word, which has no sign: at least 2^63 of what comes as a negative number. */
export function lengthOf(word: number): number {
  return word < 0 ? word + 2 ** WORD_BITS : word;
}

export function intText(word: number): string {
  return String(word | 0);
}

/** Permissions: at least three digits, `000`, `0644`, `01777`. */
export function octalText(value: number): string {
  const digits = (value >>> 0).toString(8);
  return `0${value === 0 ? '00' : digits}`.padStart(3, '0');
}

function unsignedWord(word: number): bigint {
  return BigInt.asUintN(WORD_BITS, BigInt(word));
}
