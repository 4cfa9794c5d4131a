/**
 * Intel HEX files: data records gathered into segments, addresses extended by records 2 and 4.
 * @see Intel, "Hexadecimal Object File Format Specification", revision A (1988)
 */
import { ImageError } from './image-error.ts';
import type { Segment } from './load-plan.ts';

export interface HexImage {
  readonly segments: readonly Segment[];
  /** From a start linear address record; null when there is none. */
  readonly entry: number | null;
}

const RECORD = { data: 0, end: 1, segment: 2, startSegment: 3, linear: 4, startLinear: 5 } as const;

interface Piece {
  readonly address: number;
  readonly bytes: Uint8Array;
}

/** @throws ImageError `bad-hex` with the line's number */
export function parseIntelHex(text: string): HexImage {
  const pieces: Piece[] = [];
  let base = 0;
  let entry: number | null = null;
  let ended = false;
  text.split(/\r\n|\n|\r/).forEach((raw, index) => {
    const line = raw.trim();
    if (line === '' || ended) return;
    const record = parseRecord(line, index + 1);
    const { type, address, data } = record;
    const word = (): number => data.reduce((value, byte) => value * 256 + byte, 0);
    if (type === RECORD.data) pieces.push({ address: base + address, bytes: data });
    else if (type === RECORD.end) ended = true;
    else if (type === RECORD.segment) base = word() * 16;
    else if (type === RECORD.linear) base = word() * 65536;
    else if (type === RECORD.startLinear) entry = word();
    else if (type !== RECORD.startSegment) fail(index + 1, `record type ${type} is not known`);
  });
  if (!ended) throw new ImageError('truncated', 'truncated: Intel HEX file without its end record');
  return { segments: gather(pieces), entry };
}

function fail(line: number, why: string): never {
  throw new ImageError('bad-hex', `Intel HEX, line ${line}: ${why}`);
}

function parseRecord(
  line: string,
  number: number,
): { type: number; address: number; data: Uint8Array } {
  if (!/^:([0-9a-fA-F]{2}){5,}$/.test(line)) fail(number, 'not a record');
  const bytes = new Uint8Array((line.length - 1) / 2);
  let sum = 0;
  for (let index = 0; index < bytes.length; index++) {
    bytes[index] = Number.parseInt(line.slice(1 + index * 2, 3 + index * 2), 16);
    sum = (sum + bytes[index]!) & 0xff;
  }
  if (bytes.length !== bytes[0]! + 5)
    fail(number, `says ${bytes[0]} bytes, has ${bytes.length - 5}`);
  if (sum !== 0) fail(number, 'checksum is wrong');
  return {
    type: bytes[3]!,
    address: bytes[1]! * 256 + bytes[2]!,
    data: bytes.subarray(4, bytes.length - 1),
  };
}

/** Joins adjacent pieces; pieces may come in any order but may not overlap. */
function gather(pieces: readonly Piece[]): Segment[] {
  const sorted = [...pieces].sort((a, b) => a.address - b.address);
  const runs: Piece[][] = [];
  let end = -1;
  for (const piece of sorted) {
    if (piece.address < end) {
      const address = `0x${piece.address.toString(16)}`;
      throw new ImageError('overlapping-segments', `Intel HEX records overlap at ${address}`);
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
