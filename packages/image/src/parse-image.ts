/** Tells a file's format and parses it. */
import { parseElf } from './elf.ts';
import { ImageError } from './image-error.ts';
import { flatSegment, parseIntelHex } from './intel-hex.ts';
import type { ImageFormat, LoadPlan, Segment } from './load-plan.ts';
import { SymbolTable } from './symbol-table.ts';

export interface ImageOptions {
  /** Address of the first byte: the file is then a raw image whatever it looks like. */
  readonly base?: number;
  /** Most bytes that the program may claim in memory; default 256 MiB. */
  readonly memoryLimit?: number;
}

const DEFAULT_LIMIT = 256 * 2 ** 20;

/** The format that a file's first bytes show, or null. */
export function identifyFormat(bytes: Uint8Array): Exclude<ImageFormat, 'raw'> | null {
  if (bytes[0] === 0x7f && bytes[1] === 0x45 && bytes[2] === 0x4c && bytes[3] === 0x46)
    return 'elf';
  if (bytes[0] === 0x3a && bytes.length >= 11 && isHexDigits(bytes.subarray(1, 9))) return 'hex';
  return null;
}

/**
 * Parses a program file: ELF, Intel HEX, or raw bytes when a base is given.
 *
 * @throws ImageError
 */
export function parseImage(bytes: Uint8Array, options: ImageOptions = {}): LoadPlan {
  const limit = options.memoryLimit ?? DEFAULT_LIMIT;
  if (bytes.length === 0) throw new ImageError('empty', 'the file is empty');
  if (options.base !== undefined) return flatPlan('raw', [flatSegment(options.base, bytes)], null);
  const format = identifyFormat(bytes);
  if (format === 'elf') return parseElf(bytes, limit);
  if (format === 'hex') {
    const { segments, entry } = parseIntelHex(new TextDecoder().decode(bytes));
    if (segments.length === 0) throw new ImageError('empty', 'an Intel HEX file without data');
    return flatPlan('hex', segments, entry);
  }
  throw new ImageError(
    'unknown-format',
    `${looksLikeText(bytes) ? 'a text file, ' : ''}not an ELF or Intel HEX program`,
  );
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
    entry,
    segments,
    symbols: new SymbolTable([]),
    sections: [],
    arm: null,
    riscv: null,
    interpreter: null,
    type: 'executable',
  };
}

function isHexDigits(bytes: Uint8Array): boolean {
  return bytes.every((byte) => /[0-9a-fA-F]/.test(String.fromCharCode(byte)));
}

function looksLikeText(bytes: Uint8Array): boolean {
  return bytes
    .subarray(0, 512)
    .every((byte) => (byte >= 32 && byte < 127) || (byte >= 9 && byte <= 13));
}
