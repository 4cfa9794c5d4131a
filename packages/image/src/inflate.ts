/**
 * Decompression of zlib streams, for debug sections. The size of the result is known beforehand,
 * and a stream that does not give exactly that many bytes is damaged.
 *
 * @see RFC 1950 (zlib), RFC 1951 (deflate)
 */
import { ImageError } from './image-error.ts';

/** Deflate makes at most 258 bytes of 2 bits: no stream can claim more than this times its size. */
const MAX_RATIO = 1032;
const MAX_CODE_BITS = 15;
const END_OF_BLOCK = 256;
const ADLER_MODULUS = 65521;
/** Most bytes before the sums of Adler-32 must be reduced to stay exact small integers. */
const ADLER_RUN = 3800;

/** Bases of lengths 257 to 285 and of distances 0 to 29, and their extra bits (RFC 1951, 3.2.5). */
const LENGTH_EXTRA = extras([8, 4, 4, 4, 4, 4]);
const LENGTH_BASE = bases(LENGTH_EXTRA, 3);
const DISTANCE_EXTRA = extras([4, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2]);
const DISTANCE_BASE = bases(DISTANCE_EXTRA, 1);
/** The order in which lengths of code length codes are written (RFC 1951, 3.2.7). */
const CODE_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/** What code length symbols 16 to 18 repeat. */
const REPEATS = [
  { base: 3, extra: 2 },
  { base: 3, extra: 3 },
  { base: 11, extra: 7 },
];

/** A canonical Huffman code: how many codes have a length, and their symbols in order. */
interface Code {
  readonly counts: Uint16Array;
  readonly symbols: Uint16Array;
}

/**
 * Inflates a zlib stream.
 *
 * @param size   bytes of the result
 * @param limit  most bytes that are allocated, whatever `size` says
 * @throws ImageError `bad-header` for a damaged stream or one past the limit
 */
export function inflateZlib(bytes: Uint8Array, size: number, limit: number): Uint8Array {
  if (!(size <= limit && size <= bytes.length * MAX_RATIO)) {
    damaged(`claims ${size} bytes`);
  }
  const method = (bytes[0] ?? 0) & 15;
  const check = (bytes[0] ?? 0) * 256 + (bytes[1] ?? 0);
  if (method !== 8 || check % 31 !== 0 || (bytes[1]! & 0x20) !== 0) damaged('no zlib header');
  const inflater = new Inflater(bytes, 2, size);
  const output = inflater.run();
  const at = inflater.position;
  const sum =
    at + 4 <= bytes.length ? new DataView(bytes.buffer, bytes.byteOffset).getUint32(at) : 0;
  if (sum !== adler32(output)) damaged('its checksum is wrong');
  return output;
}

function damaged(why: string): never {
  throw new ImageError('bad-header', `a compressed section is damaged: ${why}`);
}

class Inflater {
  /** Next byte of input. */
  position: number;
  private readonly input: Uint8Array;
  private readonly output: Uint8Array;
  private written = 0;
  private bitBuffer = 0;
  private bitCount = 0;

  constructor(input: Uint8Array, position: number, size: number) {
    this.input = input;
    this.position = position;
    this.output = new Uint8Array(size);
  }

  run(): Uint8Array {
    for (let last = 0; last === 0; ) {
      last = this.bits(1);
      const type = this.bits(2);
      if (type === 0) this.stored();
      else if (type === 1) this.compressed(FIXED_LITERALS, FIXED_DISTANCES);
      else if (type === 2) this.dynamic();
      else damaged('block type 3');
    }
    if (this.written !== this.output.length) damaged('fewer bytes than it claims');
    return this.output;
  }

  private bits(count: number): number {
    while (this.bitCount < count) {
      if (this.position >= this.input.length) damaged('it is cut off');
      this.bitBuffer |= this.input[this.position++]! << this.bitCount;
      this.bitCount += 8;
    }
    const value = this.bitBuffer & ((1 << count) - 1);
    this.bitBuffer >>>= count;
    this.bitCount -= count;
    return value;
  }

  /** One symbol, bit by bit: the codes of a length follow those of the shorter ones. */
  private symbol({ counts, symbols }: Code): number {
    let code = 0;
    let first = 0;
    let index = 0;
    for (let length = 1; length <= MAX_CODE_BITS; length++) {
      code |= this.bits(1);
      const count = counts[length]!;
      if (code - count < first) return symbols[index + code - first]!;
      index += count;
      first = (first + count) << 1;
      code <<= 1;
    }
    return damaged('a code that is none');
  }

  private stored(): void {
    this.bitBuffer = 0;
    this.bitCount = 0;
    const length = this.bits(16);
    if ((length ^ 0xffff) !== this.bits(16)) damaged('a stored block');
    if (this.position + length > this.input.length) damaged('it is cut off');
    this.room(length);
    this.output.set(this.input.subarray(this.position, this.position + length), this.written);
    this.written += length;
    this.position += length;
  }

  private dynamic(): void {
    const literals = this.bits(5) + 257;
    const distances = this.bits(5) + 1;
    const codes = this.bits(4) + 4;
    const lengths = new Uint8Array(19);
    for (let index = 0; index < codes; index++) lengths[CODE_ORDER[index]!] = this.bits(3);
    const all = this.lengths(makeCode(lengths), literals + distances);
    this.compressed(makeCode(all.subarray(0, literals)), makeCode(all.subarray(literals)));
  }

  /** Code lengths, run-length coded (RFC 1951, 3.2.7). */
  private lengths(code: Code, count: number): Uint8Array {
    const lengths = new Uint8Array(count);
    for (let index = 0; index < count; ) {
      const symbol = this.symbol(code);
      if (symbol < 16) {
        lengths[index++] = symbol;
        continue;
      }
      const value = symbol === 16 ? lengths[index - 1] : 0;
      const { base, extra } = REPEATS[symbol - 16]!;
      const times = base + this.bits(extra);
      if (value === undefined || index + times > count) damaged('its code lengths');
      lengths.fill(value, index, index + times);
      index += times;
    }
    return lengths;
  }

  private compressed(literals: Code, distances: Code): void {
    for (;;) {
      const symbol = this.symbol(literals);
      if (symbol === END_OF_BLOCK) return;
      if (symbol < END_OF_BLOCK) {
        this.room(1);
        this.output[this.written++] = symbol;
      } else {
        this.copy(symbol - 257, distances);
      }
    }
  }

  /** Repeats what was written `distance` bytes ago; the two may overlap. */
  private copy(lengthIndex: number, distances: Code): void {
    const lengthBase = lengthIndex === 28 ? 258 : LENGTH_BASE[lengthIndex];
    if (lengthBase === undefined) damaged('a length');
    const length = lengthBase + (lengthIndex === 28 ? 0 : this.bits(LENGTH_EXTRA[lengthIndex]!));
    const index = this.symbol(distances);
    const distanceBase = DISTANCE_BASE[index];
    if (distanceBase === undefined) damaged('a distance');
    const distance = distanceBase + this.bits(DISTANCE_EXTRA[index]!);
    if (distance > this.written) damaged('a distance before its start');
    this.room(length);
    for (let end = this.written + length; this.written < end; this.written++) {
      this.output[this.written] = this.output[this.written - distance]!;
    }
  }

  private room(count: number): void {
    if (this.written + count > this.output.length) damaged('more bytes than it claims');
  }
}

/** Extra bits of consecutive symbols: `runs[n]` of them have n. */
function extras(runs: readonly number[]): number[] {
  return runs.flatMap((count, bits) => new Array<number>(count).fill(bits));
}

function bases(extra: readonly number[], first: number): number[] {
  let next = first;
  return extra.map((bits) => {
    const base = next;
    next += 1 << bits;
    return base;
  });
}

/** The canonical code of code lengths; an over-full one is damaged. */
function makeCode(lengths: Uint8Array): Code {
  const counts = new Uint16Array(MAX_CODE_BITS + 1);
  for (const length of lengths) counts[length]!++;
  counts[0] = 0;
  let left = 1;
  const offsets = new Uint16Array(MAX_CODE_BITS + 2);
  for (let length = 1; length <= MAX_CODE_BITS; length++) {
    left = left * 2 - counts[length]!;
    if (left < 0) damaged('a code with too many symbols');
    offsets[length + 1] = offsets[length]! + counts[length]!;
  }
  const symbols = new Uint16Array(lengths.length);
  lengths.forEach((length, symbol) => {
    if (length !== 0) symbols[offsets[length]!++] = symbol;
  });
  return { counts, symbols };
}

const FIXED_LITERALS: Code = makeCode(
  Uint8Array.from({ length: 288 }, (_, n) => (n < 144 ? 8 : n < 256 ? 9 : n < 280 ? 7 : 8)),
);
const FIXED_DISTANCES: Code = makeCode(new Uint8Array(30).fill(5));

function adler32(bytes: Uint8Array): number {
  let low = 1;
  let high = 0;
  for (let start = 0; start < bytes.length; start += ADLER_RUN) {
    const end = Math.min(start + ADLER_RUN, bytes.length);
    for (let index = start; index < end; index++) {
      low += bytes[index]!;
      high += low;
    }
    low %= ADLER_MODULUS;
    high %= ADLER_MODULUS;
  }
  return high * 65536 + low;
}
