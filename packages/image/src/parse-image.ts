/** Tells a file's format and parses it. */
import { parseElf } from './elf.ts';
import { hex, ImageError } from './image-error.ts';
import { flatSegment, parseIntelHex } from './intel-hex.ts';
import type { ImageFormat, LoadPlan, Segment } from './load-plan.ts';
import { parsePe } from './pe.ts';
import { SymbolTable } from './symbol-table.ts';

export interface ImageOptions {
  /** Address of the first byte: the file is then a raw image whatever it looks like. */
  readonly base?: number;
  /** Most bytes that the program may claim in memory; default 256 MiB. */
  readonly memoryLimit?: number;
}

const DEFAULT_LIMIT = 256 * 2 ** 20;

/** First bytes, as Latin-1 text, of formats that are recognised and not run. */
const FOREIGN: readonly (readonly [magic: string, name: string])[] = [
  ['!<arch>\n', 'an archive of objects (.a)'],
  ['#!', 'a script'],
  ['\0asm', 'a WebAssembly module'],
  ['UF2\n', 'a UF2 image'],
  ['\xfe\xed\xfa\xce', 'a Mach-O program'],
  ['\xfe\xed\xfa\xcf', 'a Mach-O program'],
  ['\xce\xfa\xed\xfe', 'a Mach-O program'],
  ['\xcf\xfa\xed\xfe', 'a Mach-O program'],
  ['\xca\xfe\xba\xbe', 'a Java class or a Mach-O program'],
  ['\x1f\x8b', 'a gzip file'],
  ['PK\x03\x04', 'a zip file'],
  ['\xfd7zXZ\0', 'an xz file'],
];
const S_RECORD = /^S[0-9][0-9A-Fa-f]{8}/;
const FIRST_BYTES = 512;

/** The format that a file's first bytes show, or null. */
export function identifyFormat(bytes: Uint8Array): Exclude<ImageFormat, 'raw'> | null {
  const start = latin1(bytes.subarray(0, 9));
  if (start.startsWith('\x7fELF')) return 'elf';
  if (start.startsWith('MZ')) return 'pe';
  return /^:[0-9a-fA-F]{8}$/.test(start) ? 'hex' : null;
}

/**
 * Parses a program file: ELF, PE, Intel HEX, or raw bytes when a base is given.
 *
 * @throws ImageError  with every code of its type
 */
export function parseImage(bytes: Uint8Array, options: ImageOptions = {}): LoadPlan {
  const limit = options.memoryLimit ?? DEFAULT_LIMIT;
  if (bytes.length === 0) throw new ImageError('empty', 'the file is empty');
  if (options.base !== undefined) return parseRaw(bytes, options.base, limit);
  const format = identifyFormat(bytes);
  if (format === 'elf') return parseElf(bytes, limit);
  if (format === 'pe') return parseProgramPe(bytes, limit);
  if (format === null) throw unknownFormat(bytes);
  const { segments, entry } = parseIntelHex(bytes);
  if (segments.length === 0) throw new ImageError('empty', 'an Intel HEX file without data');
  checkLimit(segments, limit);
  return flatPlan('hex', segments, entry);
}

/** A library is parsed by {@link parsePe}, and does not run by itself. */
function parseProgramPe(bytes: Uint8Array, limit: number): LoadPlan {
  const plan = parsePe(bytes, limit);
  if (plan.pe?.isLibrary !== true) return plan;
  throw new ImageError('unsupported-type', 'a Windows library (DLL), not a program');
}

function parseRaw(bytes: Uint8Array, base: number, limit: number): LoadPlan {
  if (!Number.isInteger(base) || base < 0 || base + bytes.length > 2 ** 32) {
    const range = `${bytes.length} bytes from ${hex(base)}`;
    throw new ImageError('segment-too-large', `a raw image of ${range} leaves the address space`);
  }
  const segments = [flatSegment(base, bytes)];
  checkLimit(segments, limit);
  return flatPlan('raw', segments, null);
}

function checkLimit(segments: readonly Segment[], limit: number): void {
  const total = segments.reduce((sum, { memorySize }) => sum + memorySize, 0);
  if (total > limit) {
    throw new ImageError('segment-too-large', `an image of ${total} bytes; the limit is ${limit}`);
  }
}

function flatPlan(
  format: ImageFormat,
  segments: readonly Segment[],
  entry: number | null,
): LoadPlan {
  return {
    format,
    machine: null,
    pointerBits: 32,
    endianness: 'little',
    entry,
    segments,
    symbols: new SymbolTable([]),
    sections: [],
    arm: null,
    riscv: null,
    interpreter: null,
    type: 'executable',
    elf: null,
  };
}

function unknownFormat(bytes: Uint8Array): ImageError {
  const start = latin1(bytes.subarray(0, FIRST_BYTES));
  const foreign = FOREIGN.find(([magic]) => start.startsWith(magic));
  if (foreign !== undefined) {
    return new ImageError('unsupported-format', `${foreign[1]}, not an ELF or Intel HEX program`);
  }
  if (S_RECORD.test(start)) {
    const name = 'a file of Motorola S-records';
    return new ImageError('unsupported-format', `${name}, not an ELF or Intel HEX program`);
  }
  const text = /^[\t-\r -~]*$/.test(start);
  return new ImageError(
    'unknown-format',
    text
      ? 'a text file, not an ELF or Intel HEX program'
      : 'not an ELF, Intel HEX or raw image: raw bytes need a base address',
  );
}

/** Bytes as text, one character each. */
function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
