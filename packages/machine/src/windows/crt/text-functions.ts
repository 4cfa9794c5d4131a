// @table
/** Strings of the C library, of bytes and of UTF-16, and classes of characters. */
import type { Call } from '../call.ts';
import { wideBytes } from '../process/process-memory.ts';
import { type FunctionRows, type SystemFunction, systemFunctions } from '../system-function.ts';
import {
  ALPHA,
  BLANK,
  CONTROL,
  classOf,
  DIGIT,
  HEX,
  LOWER,
  PUNCTUATION,
  SPACE,
  UPPER,
} from './character-table.ts';
import { EINVAL, ENOMEM, ERANGE, failWith } from './crt-errno.ts';
import { findByte, moveBytes } from './memory-functions.ts';

/** How strings of one width are read and written. */
interface Width {
  readonly bytes: number;
  read(c: Call, address: number, limit?: number): string;
  /** Units before the end. */
  length(c: Call, address: number): number;
  unit(c: Call, address: number): number;
  write(c: Call, address: number, text: string): void;
}

const NARROW: Width = {
  bytes: 1,
  read: (c, address, limit) => c.memory.text(address, limit),
  length: (c, address) => findByte(c, address, Number.POSITIVE_INFINITY, 0),
  unit: (c, address) => c.memory.u8(address),
  write: (c, address, text) =>
    c.memory.write(
      address,
      Uint8Array.from(text, (letter) => letter.charCodeAt(0)),
    ),
};

const WIDE: Width = {
  bytes: 2,
  read: (c, address, limit) => c.memory.wideText(address, limit),
  length: (c, address) => c.memory.wideText(address).length,
  unit: (c, address) => c.memory.u16(address),
  write: (c, address, text) => c.memory.write(address, wideBytes(text)),
};

const lower = (text: string): string => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
const upper = (text: string): string => text.replace(/[a-z]/g, (letter) => letter.toUpperCase());
const order = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1);

/** Writes `length` characters: the text's, then zeros. */
function writePadded(c: Call, w: Width, text: string, length: number): void {
  const to = c.word(0);
  w.write(c, to, text.slice(0, length));
  const end = text.length * w.bytes;
  if (text.length < length) c.memory.fill(to + end, 0, length * w.bytes - end);
}

function duplicate(c: Call, w: Width): number {
  const text = w.read(c, c.word(0));
  const { heaps } = c.process;
  const at = heaps.allocate((text.length + 1) * w.bytes);
  if (at !== 0) w.write(c, at, `${text}\0`);
  return at;
}

function changeCase(c: Call, w: Width, change: (text: string) => string): number {
  const text = w.read(c, c.word(0));
  w.write(c, c.word(0), change(text));
  return c.word(0);
}

/** strcpy_s and its kin: an error when it does not fit. */
function copySafely(c: Call, w: Width, text: string, size: number, before: number): number {
  if (c.word(0) === 0 || size === 0) return EINVAL;
  if (before + text.length >= size) {
    w.write(c, c.word(0), '\0');
    return ERANGE;
  }
  w.write(c, c.word(0) + before * w.bytes, `${text}\0`);
  return 0;
}

/** strtok goes on where it was; the end of a token is written into the text. */
function tokenize(c: Call, w: Width, place: { get(): number; set(at: number): void }): number {
  let at = c.word(0) === 0 ? place.get() : c.word(0);
  const marks = new Set(w.read(c, c.word(1)));
  const isMark = (unit: number): boolean => unit !== 0 && marks.has(String.fromCharCode(unit));
  if (at === 0) return 0;
  while (isMark(w.unit(c, at)) && !c.memory.mmu.faulted) at += w.bytes;
  if (w.unit(c, at) === 0) {
    place.set(0);
    return 0;
  }
  const start = at;
  for (;;) {
    const unit = w.unit(c, at);
    if (unit === 0 || c.memory.mmu.faulted) {
      place.set(0);
      return start;
    }
    if (isMark(unit)) break;
    at += w.bytes;
  }
  w.write(c, at, '\0');
  place.set(at + w.bytes);
  return start;
}

/** The rows of one width; `f` makes the function's name from its stem. */
function textRows(w: Width, f: (stem: string) => string): FunctionRows {
  const type = w.bytes === 1 ? 'text' : 'wide';
  const at = (c: Call, index: number): string => w.read(c, c.word(index));
  const some = (c: Call, index: number, limit: number): string => w.read(c, c.word(index), limit);
  const place = (c: Call, index: number): number => (index < 0 ? 0 : c.word(0) + index * w.bytes);
  const two = `(a: ${type}, b: ${type})`;
  const some2 = `(a: ${type}, b: ${type}, count: u64)`;
  const copy = `(to: pointer, from: ${type})`;
  const copyN = `(to: pointer, from: ${type}, count: u64)`;
  const saf = `(to: pointer, size: u64, from: ${type})`;
  const rows: Record<string, (c: Call) => number> = {
    [`${f('len')}(text: ${type}): u64`]: (c) => w.length(c, c.word(0)),
    [`${f('nlen')}(text: ${type}, limit: u64): u64`]: (c) => some(c, 0, c.word(1)).length,
    [`${f('cpy')}${copy}: pointer`]: (c) => {
      w.write(c, c.word(0), `${at(c, 1)}\0`);
      return c.word(0);
    },
    [`${f('cat')}${copy}: pointer`]: (c) => {
      w.write(c, place(c, at(c, 0).length), `${at(c, 1)}\0`);
      return c.word(0);
    },
    [`${f('ncpy')}${copyN}: pointer`]: (c) => {
      writePadded(c, w, some(c, 1, c.word(2)), c.word(2));
      return c.word(0);
    },
    [`${f('ncat')}${copyN}: pointer`]: (c) => {
      w.write(c, place(c, at(c, 0).length), `${some(c, 1, c.word(2))}\0`);
      return c.word(0);
    },
    [`${f('cpy_s')}${saf}: i32`]: (c) => copySafely(c, w, at(c, 2), c.word(1), 0),
    [`${f('cat_s')}${saf}: i32`]: (c) => copySafely(c, w, at(c, 2), c.word(1), at(c, 0).length),
    [`${f('ncpy_s')}(to: pointer, size: u64, from: ${type}, count: u64): i32`]: (c) =>
      copySafely(c, w, some(c, 2, c.word(3)), c.word(1), 0),
    [`${f('cmp')}${two}: i32`]: (c) => order(at(c, 0), at(c, 1)),
    [`${f('coll')}${two}: i32`]: (c) => order(at(c, 0), at(c, 1)),
    [`${f('ncmp')}${some2}: i32`]: (c) => order(some(c, 0, c.word(2)), some(c, 1, c.word(2))),
    [`${f('xfrm')}${copyN}: u64`]: (c) => {
      if (c.word(2) > 0) writePadded(c, w, `${at(c, 1)}\0`, c.word(2));
      return at(c, 1).length;
    },
    [`${f('chr')}(text: ${type}, unit: i32): pointer`]: (c) => {
      const unit = c.i32(1) & (w.bytes === 1 ? 0xff : 0xffff);
      const text = at(c, 0);
      return place(c, unit === 0 ? text.length : text.indexOf(String.fromCharCode(unit)));
    },
    [`${f('rchr')}(text: ${type}, unit: i32): pointer`]: (c) => {
      const unit = c.i32(1) & (w.bytes === 1 ? 0xff : 0xffff);
      const text = at(c, 0);
      return place(c, unit === 0 ? text.length : text.lastIndexOf(String.fromCharCode(unit)));
    },
    [`${f('str')}${two}: pointer`]: (c) => place(c, at(c, 0).indexOf(at(c, 1))),
    [`${f('spn')}${two}: u64`]: (c) => spanOf(at(c, 0), at(c, 1), true),
    [`${f('cspn')}${two}: u64`]: (c) => spanOf(at(c, 0), at(c, 1), false),
    [`${f('pbrk')}${two}: pointer`]: (c) => {
      const text = at(c, 0);
      const index = spanOf(text, at(c, 1), false);
      return place(c, index === text.length ? -1 : index);
    },
    [`${f('tok_s')}(text: pointer, marks: ${type}, state: pointer): pointer`]: (c) =>
      tokenize(c, w, {
        get: () => c.memory.u64(c.word(2)),
        set: (next) => c.memory.setU64(c.word(2), next),
      }),
  };
  return rows;
}

function spanOf(text: string, marks: string, isIn: boolean): number {
  const set = new Set(marks);
  let count = 0;
  while (count < text.length && set.has(text[count]!) === isIn) count++;
  return count;
}

/** Comparisons that look at no case, and copies: their names begin with an underscore. */
function foldRows(w: Width, f: (stem: string) => string): FunctionRows {
  const type = w.bytes === 1 ? 'text' : 'wide';
  const at = (c: Call, index: number): string => w.read(c, c.word(index));
  const some = (c: Call, index: number, limit: number): string => w.read(c, c.word(index), limit);
  const fold = (c: Call): number => order(lower(at(c, 0)), lower(at(c, 1)));
  const foldSome = (c: Call): number =>
    order(lower(some(c, 0, c.word(2))), lower(some(c, 1, c.word(2))));
  return {
    [`${f('icmp')}(a: ${type}, b: ${type}): i32`]: fold,
    [`${f('icoll')}(a: ${type}, b: ${type}): i32`]: fold,
    [`${f('nicmp')}(a: ${type}, b: ${type}, count: u64): i32`]: foldSome,
    [`${f('dup')}(text: ${type}): pointer`]: (c) => duplicate(c, w),
    [`${f('lwr')}(text: pointer): pointer`]: (c) => changeCase(c, w, lower),
    [`${f('upr')}(text: pointer): pointer`]: (c) => changeCase(c, w, upper),
    [`${f('rev')}(text: pointer): pointer`]: (c) =>
      changeCase(c, w, (text) => [...text].reverse().join('')),
    [`${f('set')}(text: pointer, unit: i32): pointer`]: (c) =>
      changeCase(c, w, (text) => String.fromCharCode(c.i32(1) & 0xff).repeat(text.length)),
  };
}

/** Classes by the name behind `is`. */
const CLASSES: Readonly<Record<string, number>> = {
  alnum: ALPHA | DIGIT,
  alpha: ALPHA,
  cntrl: CONTROL,
  digit: DIGIT,
  graph: ALPHA | DIGIT | PUNCTUATION,
  lower: LOWER,
  print: ALPHA | DIGIT | PUNCTUATION | BLANK,
  punct: PUNCTUATION,
  space: SPACE,
  upper: UPPER,
  xdigit: HEX,
};

function classRows(): FunctionRows {
  const rows: Record<string, (c: Call) => number> = {};
  for (const [name, mask] of Object.entries(CLASSES)) {
    const isPrint = name === 'print';
    const test = (c: Call): number => {
      // A tab is blank, but no printing character.
      if (isPrint && c.i32(0) === 9) return 0;
      return classOf(c.i32(0)) & mask;
    };
    rows[`is${name}(code: i32): i32`] = test;
    rows[`isw${name}(code: i32): i32`] = test;
  }
  return rows;
}

const caseOf =
  (change: (text: string) => string) =>
  (c: Call): number => {
    const code = c.i32(0);
    return code >= 0 && code < 128 ? change(String.fromCharCode(code)).charCodeAt(0) : code;
  };

const state = (c: Call) => ({
  get: () => c.process.crt.tokenAt,
  set: (at: number) => {
    c.process.crt.tokenAt = at;
  },
});

/** An empty value removes the variable. */
function setVariable(c: Call, name: string, value: string): boolean {
  const { process } = c;
  const { environment, wideEnvironment } = process.crt;
  const given = value === '' ? null : value;
  if (!process.setEnvironment(name, given)) return false;
  return environment.put(process, name, given) && wideEnvironment.put(process, name, given);
}

/** `NAME=value`; -1 when it is not that, or too long. */
function putEntry(c: Call, entry: string): number {
  const at = entry.indexOf('=');
  if (at <= 0) return failWith(c.process, EINVAL, -1);
  return setVariable(c, entry.slice(0, at), entry.slice(at + 1))
    ? 0
    : failWith(c.process, ENOMEM, -1);
}

/** Length with its end, and the value when there is room. */
function variableInto(c: Call, w: Width, name: string): number {
  const value = c.process.crt.environment.value(name);
  c.memory.setU64(c.word(0), value === null ? 0 : value.length + 1);
  if (value === null || c.word(1) === 0) return 0;
  if (c.word(2) <= value.length) return ERANGE;
  w.write(c, c.word(1), `${value}\0`);
  return 0;
}

/** A copy of a variable's value in a block of its own. */
function duplicateVariable(c: Call): number {
  const value = c.process.crt.environment.value(c.text(2));
  const size = value === null ? 0 : value.length + 1;
  const at = value === null ? 0 : c.process.heaps.allocate(size);
  c.memory.setU64(c.word(0), at);
  if (c.word(1) !== 0) c.memory.setU64(c.word(1), at === 0 ? 0 : size);
  if (at !== 0) c.memory.setText(at, value!);
  return value !== null && at === 0 ? ENOMEM : 0;
}

const ENVIRONMENT: FunctionRows = {
  'getenv(name: text): pointer': (c) => c.process.crt.environment.address(c.text(0)),
  '_wgetenv(name: wide): pointer': (c) => c.process.crt.wideEnvironment.address(c.wide(0)),
  'getenv_s(count: pointer, to: pointer, size: u64, name: text): i32': (c) =>
    variableInto(c, NARROW, c.text(3)),
  '_wgetenv_s(count: pointer, to: pointer, size: u64, name: wide): i32': (c) =>
    variableInto(c, WIDE, c.wide(3)),
  '_dupenv_s(to: pointer, size: pointer, name: text): i32': duplicateVariable,
  '_putenv(entry: text): i32': (c) => putEntry(c, c.text(0)),
  '_wputenv(entry: wide): i32': (c) => putEntry(c, c.wide(0)),
  '_putenv_s(name: text, value: text): i32': (c) =>
    setVariable(c, c.text(0), c.text(1)) ? 0 : ENOMEM,
};

export const TEXT_FUNCTIONS: readonly SystemFunction[] = systemFunctions('crt', {
  ...textRows(NARROW, (stem) => `str${stem}`),
  ...textRows(WIDE, (stem) => `wcs${stem}`),
  ...foldRows(NARROW, (stem) => `_str${stem}`),
  ...foldRows(WIDE, (stem) => `_wcs${stem}`),
  ...classRows(),
  'strdup(text: text): pointer': (c) => duplicate(c, NARROW),
  'stricmp(a: text, b: text): i32': (c) => order(lower(c.text(0)), lower(c.text(1))),
  'wcsdup(text: wide): pointer': (c) => duplicate(c, WIDE),
  'strtok(text: pointer, marks: text): pointer': (c) => tokenize(c, NARROW, state(c)),
  'wcstok(text: pointer, marks: wide): pointer': (c) => tokenize(c, WIDE, state(c)),
  'tolower(code: i32): i32': caseOf(lower),
  'toupper(code: i32): i32': caseOf(upper),
  '_tolower(code: i32): i32': caseOf(lower),
  '_toupper(code: i32): i32': caseOf(upper),
  'towlower(code: i32): i32': caseOf(lower),
  'towupper(code: i32): i32': caseOf(upper),
  'iswctype(code: i32, mask: i32): i32': (c) => classOf(c.i32(0)) & c.i32(1),
  '_isctype(code: i32, mask: i32): i32': (c) => classOf(c.i32(0)) & c.i32(1),
  'isleadbyte(code: i32): i32': () => 0,
  '_ismbblead(code: u32): i32': () => 0,
  'isblank(code: i32): i32': (c) => classOf(c.i32(0)) & BLANK,
  'wmemcpy(to: pointer, from: pointer, count: u64): pointer': (c) => {
    moveBytes(c, c.word(0), c.word(1), c.word(2) * 2);
    return c.word(0);
  },
  'mbstowcs(to: pointer, from: text, count: u64): u64': (c) => {
    const text = c.text(1);
    if (c.word(0) === 0) return text.length;
    const kept = `${text}\0`.slice(0, Math.min(text.length + 1, c.word(2)));
    c.memory.write(c.word(0), wideBytes(kept));
    return Math.min(text.length, c.word(2));
  },
  'wcstombs(to: pointer, from: wide, count: u64): u64': (c) => {
    const text = c.wide(1);
    if ([...text].some((letter) => letter.charCodeAt(0) > 255)) return failWith(c.process, 42, -1);
    if (c.word(0) === 0) return text.length;
    NARROW.write(c, c.word(0), `${text}\0`.slice(0, Math.min(text.length + 1, c.word(2))));
    return Math.min(text.length, c.word(2));
  },
  'mbtowc(to: pointer, from: pointer, count: u64): i32': (c) => {
    if (c.word(1) === 0 || c.word(2) === 0) return 0;
    const byte = c.memory.u8(c.word(1));
    if (c.word(0) !== 0) c.memory.setU16(c.word(0), byte);
    return byte === 0 ? 0 : 1;
  },
  'wctomb(to: pointer, unit: i32): i32': (c) => {
    if (c.word(0) === 0) return 0;
    if ((c.i32(1) & 0xffff) > 255) return failWith(c.process, 42, -1);
    c.memory.setU8(c.word(0), c.i32(1));
    return 1;
  },
  'btowc(byte: i32): i32': (c) => (c.i32(0) < 0 ? 0xffff : c.i32(0) & 0xff),
  'setlocale(category: i32, locale: text): pointer': (c) => {
    const name = c.textOrNull(1);
    const isKnown = name === null || name === '' || name === 'C' || name === 'POSIX';
    return isKnown ? c.process.crt.textAddress('C') : 0;
  },
  'localeconv(): pointer': localeConventions,
  ...ENVIRONMENT,
});

/** struct lconv of the C locale: a point, empty texts, and CHAR_MAX for what is not said. */
function localeConventions(c: Call): number {
  const { crt } = c.process;
  const known = crt.localeConventions;
  if (known !== 0) return known;
  const TEXTS = 10;
  const BYTES = 8;
  const at = crt.place(TEXTS * 8 + BYTES + 64);
  for (let n = 0; n < TEXTS; n++) {
    c.memory.setU64(at + n * 8, crt.textAddress(n === 0 ? '.' : ''));
  }
  for (let n = 0; n < BYTES; n++) c.memory.setU8(at + TEXTS * 8 + n, 0x7f);
  crt.localeConventions = at;
  return at;
}
