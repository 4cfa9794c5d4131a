/** Bytes of a guest as quoted text. */

/** Bytes of a buffer that are shown; `...` after it says that there are more. */
export const SHOWN_BYTES = 32;

const ESCAPES: ReadonlyMap<number, string> = new Map([
  [0x22, '\\"'],
  [0x5c, '\\\\'],
  [0x09, '\\t'],
  [0x0a, '\\n'],
  [0x0b, '\\v'],
  [0x0c, '\\f'],
  [0x0d, '\\r'],
]);

/** All bytes in quotation marks, octal where they cannot be printed: `"a\0\377"`. */
export function quotedBytes(bytes: Uint8Array): string {
  let text = '"';
  for (let at = 0; at < bytes.length; at++) text += byteText(bytes[at]!, bytes[at + 1]);
  return `${text}"`;
}

/** The first {@link SHOWN_BYTES} of a buffer of which `bytes` are the first at least. */
export function quotedStart(bytes: Uint8Array, length: number = bytes.length): string {
  const shown = quotedBytes(bytes.subarray(0, SHOWN_BYTES));
  return length > SHOWN_BYTES ? `${shown}...` : shown;
}

/** Every byte in hexadecimal: what getrandom gives. */
export function hexQuoted(bytes: Uint8Array, length: number = bytes.length): string {
  let text = '';
  for (const byte of bytes.subarray(0, SHOWN_BYTES)) {
    text += `\\x${byte.toString(16).padStart(2, '0')}`;
  }
  return length > SHOWN_BYTES ? `"${text}"...` : `"${text}"`;
}

/** Octal with as few digits as the next character allows. */
function byteText(byte: number, next: number | undefined): string {
  const escaped = ESCAPES.get(byte);
  if (escaped !== undefined) return escaped;
  if (byte >= 0x20 && byte < 0x7f) return String.fromCharCode(byte);
  const digits = byte.toString(8);
  const isDigit = next !== undefined && next >= 0x30 && next <= 0x37;
  return `\\${isDigit ? digits.padStart(3, '0') : digits}`;
}
