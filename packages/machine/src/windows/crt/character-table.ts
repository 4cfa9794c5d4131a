/** Classes of characters in the C locale, as the table behind isalpha has them. */

export const UPPER = 1;
export const LOWER = 2;
export const DIGIT = 4;
export const SPACE = 8;
export const PUNCTUATION = 0x10;
export const CONTROL = 0x20;
export const BLANK = 0x40;
export const HEX = 0x80;
export const ALPHA = 0x100;

const CHARACTERS = 256;

/** Classes of a character; none from 128 on. */
export function classOf(code: number): number {
  if (code < 0 || code > 127) return 0;
  const letter = String.fromCharCode(code);
  if (code === 32) return SPACE | BLANK;
  if (code === 9) return SPACE | CONTROL | BLANK;
  if (code >= 10 && code <= 13) return SPACE | CONTROL;
  if (code < 32 || code === 127) return CONTROL;
  if (/[0-9]/.test(letter)) return DIGIT | HEX;
  if (/[A-Z]/.test(letter)) return UPPER | ALPHA | (letter <= 'F' ? HEX : 0);
  if (/[a-z]/.test(letter)) return LOWER | ALPHA | (letter <= 'f' ? HEX : 0);
  return PUNCTUATION;
}

export const CharacterTable = {
  /** 257 numbers of 16 bits, the first for EOF. */
  bytes(): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array((CHARACTERS + 1) * 2);
    const view = new DataView(bytes.buffer);
    for (let code = 0; code < CHARACTERS; code++)
      view.setUint16((code + 1) * 2, classOf(code), true);
    return bytes;
  },
};
