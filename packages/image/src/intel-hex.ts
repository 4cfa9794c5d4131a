/**
 * Intel HEX files: data records gathered into segments, addresses extended by records 2 and 4.
 * Memory is bounded by the file: two digits make a byte.
 *
 * @see Intel, "Hexadecimal Object File Format Specification", revision A (1988)
 */
import { hex, ImageError } from './image-error.ts';
import type { Segment } from './load-plan.ts';

export interface HexImage {
  readonly segments: readonly Segment[];
  /** From a start address record; null when there is none. */
  readonly entry: number | null;
}

const RECORD = { data: 0, end: 1, segment: 2, startSegment: 3, linear: 4, startLinear: 5 } as const;
/** Bytes of data that a record of a type must have; data records may have any number. */
const DATA_BYTES: Readonly<Record<number, number>> = {
  [RECORD.end]: 0,
  [RECORD.segment]: 2,
  [RECORD.startSegment]: 4,
  [RECORD.linear]: 2,
  [RECORD.startLinear]: 4,
};
/** Length, address, type and checksum. */
const FRAME_BYTES = 5;
const COLON = 0x3a;
const LINE_FEED = 0x0a;
const RETURN = 0x0d;

interface Piece {
  readonly address: number;
  readonly bytes: Uint8Array;
}

interface HexRecord {
  readonly type: number;
  readonly address: number;
  readonly data: Uint8Array;
}

/** @throws ImageError `bad-hex` with the line's number, `truncated`, `overlapping-segments` */
export function parseIntelHex(file: Uint8Array): HexImage {
  const parser = new HexParser();
  let number = 0;
  for (let start = 0; start < file.length && !parser.ended; ) {
    let end = start;
    while (end < file.length && file[end] !== LINE_FEED && file[end] !== RETURN) end++;
    number++;
    const line = trim(file.subarray(start, end));
    if (line.length > 0) parser.record(parseRecord(line, number), number);
    start = end + (file[end] === RETURN && file[end + 1] === LINE_FEED ? 2 : 1);
  }
  if (!parser.ended) {
    throw new ImageError('truncated', 'truncated: Intel HEX file without its end record');
  }
  return { segments: gather(parser.pieces), entry: parser.entry };
}

class HexParser {
  readonly pieces: Piece[] = [];
  entry: number | null = null;
  ended = false;
  private base = 0;

  record({ type, address, data }: HexRecord, line: number): void {
    const expected = DATA_BYTES[type];
    if (type !== RECORD.data && expected === undefined) fail(line, `record type ${type}`);
    if (type !== RECORD.data && data.length !== expected) {
      fail(line, `a record of type ${type} has ${expected} bytes of data, not ${data.length}`);
    }
    const word = data.length === 4 ? half(data, 0) * 65536 + half(data, 2) : half(data, 0);
    if (type === RECORD.data) this.data(this.base + address, data, line);
    else if (type === RECORD.end) this.ended = true;
    else if (type === RECORD.segment) this.base = word * 16;
    else if (type === RECORD.linear) this.base = word * 65536;
    else if (type === RECORD.startLinear) this.entry = word;
    else this.entry = half(data, 0) * 16 + half(data, 2);
  }

  private data(address: number, bytes: Uint8Array, line: number): void {
    if (address + bytes.length > 2 ** 32) fail(line, 'data past the 32-bit address space');
    if (bytes.length > 0) this.pieces.push({ address, bytes });
  }
}

function half(data: Uint8Array, at: number): number {
  return (data[at] ?? 0) * 256 + (data[at + 1] ?? 0);
}

function fail(line: number, why: string): never {
  throw new ImageError('bad-hex', `Intel HEX, line ${line}: ${why}`);
}

function trim(line: Uint8Array): Uint8Array {
  let start = 0;
  let end = line.length;
  while (start < end && line[start]! <= 0x20) start++;
  while (end > start && line[end - 1]! <= 0x20) end--;
  return line.subarray(start, end);
}

function parseRecord(line: Uint8Array, number: number): HexRecord {
  if (line[0] !== COLON) fail(number, 'a record starts with a colon');
  if (line.length % 2 === 0 || line.length < 1 + 2 * FRAME_BYTES) fail(number, 'a cut record');
  if (line.length > 1 + 2 * (FRAME_BYTES + 255)) fail(number, 'a record longer than any may be');
  const bytes = new Uint8Array((line.length - 1) / 2);
  let sum = 0;
  for (let index = 0; index < bytes.length; index++) {
    const value = digit(line[1 + index * 2]!) * 16 + digit(line[2 + index * 2]!);
    if (!(value >= 0)) fail(number, `not a hexadecimal digit at column ${2 + index * 2}`);
    bytes[index] = value;
    sum = (sum + value) & 0xff;
  }
  const found = bytes.length - FRAME_BYTES;
  if (found !== bytes[0])
    fail(number, `the record says ${bytes[0]} bytes of data and has ${found}`);
  if (sum !== 0) {
    const last = bytes.at(-1)!;
    fail(number, `checksum ${hex(last)}, must be ${hex((last - sum) & 0xff)}`);
  }
  return { type: bytes[3]!, address: half(bytes, 1), data: bytes.subarray(4, 4 + found) };
}

/** Value of a hexadecimal digit; not a number for anything else. */
function digit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : Number.NaN;
}

/** Joins adjacent pieces; pieces may come in any order but may not overlap. */
function gather(pieces: readonly Piece[]): Segment[] {
  const sorted = [...pieces].sort((a, b) => a.address - b.address);
  const runs: Piece[][] = [];
  let end = -1;
  for (const piece of sorted) {
    if (piece.address < end) {
      throw new ImageError(
        'overlapping-segments',
        `Intel HEX records overlap at ${hex(piece.address)}`,
      );
    }
    if (piece.address === end) runs.at(-1)!.push(piece);
    else runs.push([piece]);
    end = piece.address + piece.bytes.length;
  }
  return runs.map((run) => {
    const bytes = new Uint8Array(run.reduce((sum, piece) => sum + piece.bytes.length, 0));
    const start = run[0]!.address;
    for (const piece of run) bytes.set(piece.bytes, piece.address - start);
    return flatSegment(start, bytes);
  });
}

/** A segment of plain bytes that may be read, written and executed. */
export function flatSegment(address: number, bytes: Uint8Array): Segment {
  return {
    virtualAddress: address,
    physicalAddress: address,
    bytes,
    memorySize: bytes.length,
    readable: true,
    writable: true,
    executable: true,
    align: 1,
  };
}
