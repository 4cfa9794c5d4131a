/** The scanf family: reads values out of text by a format. */
import { textBytes } from '../process/process-memory.ts';
import type { WindowsProcess } from '../process/windows-process.ts';
import type { ArgumentList } from './format.ts';
import { parseInteger } from './number-functions.ts';
import type { Stream } from './stream.ts';
import { EOF, readByte } from './stream-io.ts';

/** Characters one by one, of which one may be given back. */
export class ScanSource {
  /** How many were taken and not given back. */
  taken = 0;
  private readonly read: () => number;
  private readonly unread: (code: number) => void;

  constructor(read: () => number, unread: (code: number) => void) {
    this.read = read;
    this.unread = unread;
  }

  next(): number {
    const code = this.read();
    if (code !== EOF) this.taken++;
    return code;
  }

  back(code: number): void {
    if (code === EOF) return;
    this.taken--;
    this.unread(code);
  }
}

export function textSource(text: string): ScanSource {
  let at = 0;
  return new ScanSource(
    () => (at < text.length ? text.charCodeAt(at++) : EOF),
    () => {
      at--;
    },
  );
}

export function streamSource(process: WindowsProcess, stream: Stream): ScanSource {
  return new ScanSource(
    () => readByte(process, stream),
    (code) => stream.pushedBack.push(code),
  );
}

/** A specification is no longer than this, sets of characters included. */
const SPECIFICATION_LIMIT = 1024;
const SPECIFICATION = /^(\*)?(\d+)?(hh|h|ll|l|I64|I32|L|j|z|t|w)?(\[\^?\]?[^\]]*\]|[a-zA-Z%])/;
/** Longest text of a value, in characters, when the format does not say. */
const NO_LIMIT = 1 << 24;

/** Number of values that were stored; EOF when the text ended before the first. */
export function scanText(
  format: string,
  list: ArgumentList,
  source: ScanSource,
  isWide = false,
): number {
  let stored = 0;
  for (let at = 0; at < format.length; ) {
    const letter = format[at]!;
    if (isSpace(format.charCodeAt(at))) {
      skipSpace(source);
      at++;
      continue;
    }
    const match =
      letter === '%'
        ? SPECIFICATION.exec(format.slice(at + 1, at + 1 + SPECIFICATION_LIMIT))
        : null;
    if (match === null) {
      const code = source.next();
      if (code !== format.charCodeAt(at)) {
        source.back(code);
        return code === EOF && stored === 0 ? EOF : stored;
      }
      at++;
      continue;
    }
    at += match[0].length + 1;
    const outcome = scanOne(match, list, source, isWide);
    if (outcome === 'end') return stored === 0 ? EOF : stored;
    if (outcome === 'no') return stored;
    stored += outcome === 'stored' ? 1 : 0;
  }
  return stored;
}

type Outcome = 'stored' | 'skipped' | 'no' | 'end';

function scanOne(
  match: RegExpExecArray,
  list: ArgumentList,
  source: ScanSource,
  isWide: boolean,
): Outcome {
  const [, star, widthText, length = '', kind] = match;
  const width = widthText === undefined ? NO_LIMIT : Math.min(Number(widthText), NO_LIMIT);
  const conversion = kind!.startsWith('[') ? '[' : kind!;
  if (conversion === 'n') {
    list.memory.setU32(list.pointer(), source.taken);
    return 'skipped';
  }
  if (conversion !== 'c' && conversion !== '[') skipSpace(source);
  const first = source.next();
  source.back(first);
  if (first === EOF) return 'end';
  const text = take(
    source,
    conversion,
    kind!,
    conversion === 'c' && widthText === undefined ? 1 : width,
  );
  if (text === null) return 'no';
  if (conversion === '%') return 'skipped';
  if (star !== undefined) return 'skipped';
  store(list, conversion, isWide && length === '' ? 'w' : length, text);
  return 'stored';
}

const NUMBERS: Readonly<Record<string, RegExp>> = {
  d: /^[+-]?\d*$/,
  u: /^[+-]?\d*$/,
  i: /^[+-]?(0([xX][0-9a-fA-F]*|[0-7]*)|[1-9]\d*)?$/,
  o: /^[+-]?[0-7]*$/,
  x: /^[+-]?(0[xX]?)?[0-9a-fA-F]*$/,
  p: /^(0[xX]?)?[0-9a-fA-F]*$/,
  f: /^[+-]?\d*\.?\d*([eE][+-]?\d*)?$/,
};
const SAME: Readonly<Record<string, string>> = { X: 'x', e: 'f', g: 'f', E: 'f', G: 'f', a: 'f' };

/** Three digits in a row are to a number's form what two are: the last of them is left out. */
const MORE_DIGITS = /\d\d\d$/;
const MORE_HEX_DIGITS = /[\da-fA-F]{3}$/;

/** The characters that belong to a value; null when there are none. */
function take(source: ScanSource, conversion: string, kind: string, width: number): string | null {
  const number = SAME[conversion] ?? conversion;
  const pattern = NUMBERS[number];
  const more = number === 'f' ? MORE_DIGITS : MORE_HEX_DIGITS;
  // What there is of a number so far, by its form: as short however many digits it has.
  let form = '';
  const fits = (text: string, code: number): boolean => {
    if (pattern !== undefined) {
      const longer = form + String.fromCharCode(code);
      if (!pattern.test(longer)) return false;
      form = more.test(longer) ? form : longer;
      return true;
    }
    if (conversion === 'c') return true;
    if (conversion === '%') return text === '' && code === 0x25;
    if (conversion === '[') return inSet(kind, String.fromCharCode(code));
    return !isSpace(code);
  };
  let text = '';
  while (text.length < width) {
    const code = source.next();
    if (code === EOF || !fits(text, code)) {
      source.back(code);
      break;
    }
    text += String.fromCharCode(code);
  }
  const isNumber = pattern === undefined || /[0-9a-fA-F]/.test(text);
  return text === '' || !isNumber ? null : text;
}

function inSet(kind: string, letter: string): boolean {
  const isNegated = kind[1] === '^';
  const set = kind.slice(isNegated ? 2 : 1, -1);
  let found = false;
  for (let at = 0; at < set.length; at++) {
    if (set[at + 1] === '-' && at + 2 < set.length) {
      found ||= letter >= set[at]! && letter <= set[at + 2]!;
      at += 2;
    } else found ||= letter === set[at];
  }
  return found !== isNegated;
}

/** Of whole numbers that are not decimal; 0 is for what the text itself says. */
const BASES: Readonly<Record<string, number>> = { i: 0, o: 8, x: 16, p: 16 };
const WIDE_INTEGERS: ReadonlySet<string> = new Set(['ll', 'I64', 'j', 'z', 't']);

function store(list: ArgumentList, conversion: string, length: string, text: string): void {
  const address = list.pointer();
  const { memory } = list;
  const same = SAME[conversion] ?? conversion;
  if (same === 'f') {
    const value = Number.parseFloat(text);
    if (length === 'l' || length === 'L') memory.setF64(address, value);
    else {
      const view = new DataView(new ArrayBuffer(4));
      view.setFloat32(0, value);
      memory.setU32(address, view.getInt32(0));
    }
    return;
  }
  if (conversion === 'c' || conversion === 's' || conversion === '[') {
    const isWide = length === 'l' || length === 'w';
    const whole = conversion === 'c' ? text : `${text}\0`;
    memory.write(address, textBytes(whole, isWide));
    return;
  }
  const { value } = parseInteger(text, BASES[same] ?? 10);
  if (conversion === 'p' || WIDE_INTEGERS.has(length)) memory.setBig(address, value);
  else if (length === 'h') memory.setU16(address, Number(BigInt.asUintN(16, value)));
  else if (length === 'hh') memory.setU8(address, Number(BigInt.asUintN(8, value)));
  else memory.setU32(address, Number(BigInt.asIntN(32, value)));
}

function skipSpace(source: ScanSource): void {
  let code = source.next();
  while (isSpace(code)) code = source.next();
  source.back(code);
}

function isSpace(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13);
}
