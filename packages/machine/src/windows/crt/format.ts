/**
 * The printf family's formats as the C library of Windows has them: I64 and I32, %S for the other
 * width of strings, three digits in exponents. Texts are of characters: bytes, or units of UTF-16.
 *
 * @see Microsoft, "Format specification syntax: printf and wprintf functions"
 */
import type { ProcessMemory } from '../process/process-memory.ts';
import { exponentText, fixedText, generalText, hexText } from './decimal.ts';

/** Where arguments come from: 8 bytes each, one after the other. */
export class ArgumentList {
  address: number;
  readonly memory: ProcessMemory;

  constructor(memory: ProcessMemory, address: number) {
    this.memory = memory;
    this.address = address;
  }

  int(): number {
    return this.memory.i32(this.next());
  }

  big(): bigint {
    return this.memory.big(this.next());
  }

  pointer(): number {
    return this.memory.u64(this.next());
  }

  double(): number {
    return this.memory.f64(this.next());
  }

  private next(): number {
    this.address += 8;
    return this.address - 8;
  }
}

export interface FormatStyle {
  /** Whether the format itself is UTF-16, and so %s takes such strings. */
  readonly isWide: boolean;
  /** Least digits of an exponent: 3 in msvcrt, 2 in the universal C library. */
  readonly exponentDigits: number;
  /** %s and %c are as wide as the format in msvcrt, always narrow in C99's way. */
  readonly isC99: boolean;
  /** Whether numbers that are none are `inf` and `nan`, not `1.#INF` and its kin. */
  readonly hasWords: boolean;
}

export const MSVCRT_NARROW: FormatStyle = {
  isWide: false,
  exponentDigits: 3,
  isC99: false,
  hasWords: false,
};
export const MSVCRT_WIDE: FormatStyle = {
  isWide: true,
  exponentDigits: 3,
  isC99: false,
  hasWords: false,
};

interface Specification {
  readonly left: boolean;
  readonly plus: boolean;
  readonly space: boolean;
  readonly alternate: boolean;
  readonly zero: boolean;
  readonly width: number;
  /** -1 when not given. */
  readonly precision: number;
  readonly length: string;
  readonly conversion: string;
}

const SPECIFICATION =
  /^([-+ #0]*)(\*|\d*)(?:\.(\*|-?\d*))?(hh|h|ll|l|I64|I32|I|L|w|j|z|t|q)?([a-zA-Z%])/;
/** Widths and precisions beyond this are no output that memory could hold. */
const WIDTH_LIMIT = 1 << 20;
const SPECIFICATION_LIMIT = 64;
/** Characters of a text that is made; C's own limit is what an int can count. */
const TEXT_LIMIT = 1 << 26;

/** Formats a text; null when it would be longer than 64 Mi characters. */
export function formatText(format: string, list: ArgumentList, style: FormatStyle): string | null {
  let text = '';
  for (let at = 0; at < format.length && !list.memory.mmu.faulted; ) {
    const percent = format.indexOf('%', at);
    if (percent < 0) return text + format.slice(at);
    text += format.slice(at, percent);
    const match = SPECIFICATION.exec(format.slice(percent + 1, percent + 1 + SPECIFICATION_LIMIT));
    if (match === null) {
      // What is no specification is printed without its percent sign.
      at = percent + 1;
      continue;
    }
    at = percent + 1 + match[0].length;
    const specification = readSpecification(match, list);
    if (specification.conversion === 'n') list.memory.setU32(list.pointer(), text.length);
    else text += convert(specification, list, style);
    if (text.length > TEXT_LIMIT) return null;
  }
  return text;
}

function readSpecification(match: RegExpExecArray, list: ArgumentList): Specification {
  const [, flags = '', widthText = '', precisionText, length = '', conversion = ''] = match;
  const width = widthText === '*' ? list.int() : Number(widthText || 0);
  const asked = precisionText === '*' ? list.int() : Number(precisionText || 0);
  const has = precisionText !== undefined && asked >= 0;
  return {
    left: flags.includes('-') || width < 0,
    plus: flags.includes('+'),
    space: flags.includes(' '),
    alternate: flags.includes('#'),
    zero: flags.includes('0'),
    width: Math.min(Math.abs(width), WIDTH_LIMIT),
    precision: has ? Math.min(asked, WIDTH_LIMIT) : -1,
    length,
    conversion,
  };
}

type Conversion = (spec: Specification, list: ArgumentList, style: FormatStyle) => string;

const CONVERSIONS: Readonly<Record<string, Conversion>> = {
  d: signedInteger,
  i: signedInteger,
  u: (spec, list) => unsignedInteger(spec, list, 10, ''),
  x: (spec, list) => unsignedInteger(spec, list, 16, '0x'),
  X: (spec, list) => unsignedInteger(spec, list, 16, '0x').toUpperCase(),
  o: (spec, list) => unsignedInteger(spec, list, 8, '0'),
  p: (spec, list) => {
    const digits = BigInt.asUintN(64, list.big()).toString(16).toUpperCase().padStart(16, '0');
    return padded(spec, '', digits, false);
  },
  c: (spec, list, style) => character(spec, list, isWideText(spec, style, false)),
  C: (spec, list, style) => character(spec, list, isWideText(spec, style, true)),
  s: (spec, list, style) => string(spec, list, isWideText(spec, style, false)),
  S: (spec, list, style) => string(spec, list, isWideText(spec, style, true)),
  e: float,
  E: float,
  f: float,
  F: float,
  g: float,
  G: float,
  a: float,
  A: float,
  '%': () => '%',
};

function convert(spec: Specification, list: ArgumentList, style: FormatStyle): string {
  return CONVERSIONS[spec.conversion]?.(spec, list, style) ?? '';
}

/** Bits of an integer argument. */
function bitsOf(length: string): number {
  if (length === 'hh') return 8;
  if (length === 'h') return 16;
  return ['ll', 'I64', 'I', 'j', 'z', 't', 'q', 'L'].includes(length) ? 64 : 32;
}

function signedInteger(spec: Specification, list: ArgumentList): string {
  const value = BigInt.asIntN(bitsOf(spec.length), list.big());
  const digits = digitsOf(value < 0n ? -value : value, 10, spec);
  const sign = value < 0n ? '-' : spec.plus ? '+' : spec.space ? ' ' : '';
  return padded(spec, sign, digits, spec.precision < 0);
}

function unsignedInteger(
  spec: Specification,
  list: ArgumentList,
  base: number,
  prefix: string,
): string {
  const value = BigInt.asUintN(bitsOf(spec.length), list.big());
  const digits = digitsOf(value, base, spec);
  if (!spec.alternate || value === 0n) return padded(spec, '', digits, spec.precision < 0);
  if (base === 8)
    return padded(spec, '', digits.startsWith('0') ? digits : `0${digits}`, spec.precision < 0);
  return padded(spec, prefix, digits, spec.precision < 0);
}

function digitsOf(value: bigint, base: number, { precision }: Specification): string {
  if (value === 0n && precision === 0) return '';
  return value.toString(base).padStart(precision, '0');
}

function isWideText({ length }: Specification, style: FormatStyle, isCapital: boolean): boolean {
  if (length === 'h') return false;
  if (length === 'l' || length === 'w' || length === 'll') return true;
  if (style.isC99 && !isCapital) return false;
  return style.isWide !== isCapital;
}

function character(spec: Specification, list: ArgumentList, isWide: boolean): string {
  const code = list.int();
  return padded(spec, '', String.fromCharCode(code & (isWide ? 0xffff : 0xff)), false);
}

function string(spec: Specification, list: ArgumentList, isWide: boolean): string {
  const address = list.pointer();
  const limit = spec.precision < 0 ? WIDTH_LIMIT * 16 : spec.precision;
  const { memory } = list;
  if (address === 0) return padded(spec, '', '(null)'.slice(0, limit), false);
  const text = isWide ? memory.wideText(address, limit) : memory.text(address, limit);
  return padded(spec, '', text, false);
}

function float(spec: Specification, list: ArgumentList, style: FormatStyle): string {
  const value = list.double();
  const isNegative = value < 0 || Object.is(value, -0);
  const sign = isNegative ? '-' : spec.plus ? '+' : spec.space ? ' ' : '';
  const kind = spec.conversion.toLowerCase();
  const isCapital = kind !== spec.conversion;
  const body = Number.isFinite(value)
    ? finiteText(value, kind, spec, style)
    : specialText(value, kind, spec, style);
  const mayZero = Number.isFinite(value) || !style.hasWords;
  return padded(spec, sign, isCapital ? body.toUpperCase() : body, mayZero);
}

function finiteText(value: number, kind: string, spec: Specification, style: FormatStyle): string {
  const { alternate, precision } = spec;
  if (kind === 'a') return hexText(value, precision, alternate);
  const digits = precision < 0 ? 6 : precision;
  if (kind === 'f') return fixedText(value, digits, alternate);
  if (kind === 'e') return exponentText(value, digits, alternate, style.exponentDigits);
  return generalText(value, digits, alternate, style.exponentDigits);
}

/** msvcrt's numbers that are none: a 1 with a word behind the point, cut by the precision. */
function specialText(value: number, kind: string, spec: Specification, style: FormatStyle): string {
  if (style.hasWords) return Number.isNaN(value) ? 'nan' : 'inf';
  const word = Number.isNaN(value) ? '#QNAN' : '#INF';
  const digits = spec.precision < 0 ? 6 : spec.precision;
  if (kind === 'g') return `1.${word}`;
  return digits === 0 ? '1' : `1.${word.slice(0, digits).padEnd(digits, '0')}`;
}

function padded(spec: Specification, sign: string, body: string, mayZero: boolean): string {
  const missing = spec.width - sign.length - body.length;
  if (missing <= 0) return sign + body;
  if (spec.left) return sign + body + ' '.repeat(missing);
  if (spec.zero && mayZero) return sign + '0'.repeat(missing) + body;
  return ' '.repeat(missing) + sign + body;
}
