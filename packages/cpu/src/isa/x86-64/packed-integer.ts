// @table
/**
 * What the integer instructions of MMX and SSE compute, lane by lane, on 8 or 16 bytes: the meaning
 * for those that WebAssembly has no instruction for, and a second opinion for the others.
 */

/** A destination as it was and a source, both `width` bytes; the result is new bytes. */
export type PackedOperation = (
  a: DataView,
  b: DataView,
  width: number,
  immediate: number,
) => Uint8Array;

type Lane = 'i8' | 'u8' | 'i16' | 'u16' | 'i32' | 'u32';

const LANES: Readonly<
  Record<Lane, readonly [bytes: number, least: number, most: number, isSigned: boolean]>
> = {
  i8: [1, -0x80, 0x7f, true],
  u8: [1, 0, 0xff, false],
  i16: [2, -0x8000, 0x7fff, true],
  u16: [2, 0, 0xffff, false],
  i32: [4, -0x80000000, 0x7fffffff, true],
  u32: [4, 0, 0xffffffff, false],
};

function get(view: DataView, lane: Lane, n: number): number {
  switch (lane) {
    case 'i8':
      return view.getInt8(n);
    case 'u8':
      return view.getUint8(n);
    case 'i16':
      return view.getInt16(n * 2, true);
    case 'u16':
      return view.getUint16(n * 2, true);
    case 'i32':
      return view.getInt32(n * 4, true);
    default:
      return view.getUint32(n * 4, true);
  }
}

function put(view: DataView, bytes: number, n: number, value: number): void {
  if (bytes === 1) view.setInt8(n, value);
  else if (bytes === 2) view.setInt16(n * 2, value, true);
  else view.setInt32(n * 4, value | 0, true);
}

function made(width: number): { readonly bytes: Uint8Array; readonly view: DataView } {
  const bytes = new Uint8Array(width);
  return { bytes, view: new DataView(bytes.buffer) };
}

/** `f` of each pair of lanes; the result wraps. */
function lanes(lane: Lane, f: (a: number, b: number) => number): PackedOperation {
  const size = LANES[lane][0];
  return (a, b, width) => {
    const { bytes, view } = made(width);
    for (let n = 0; n < width / size; n++) put(view, size, n, f(get(a, lane, n), get(b, lane, n)));
    return bytes;
  };
}

function saturate(lane: Lane, value: number): number {
  const [, least, most] = LANES[lane];
  return Math.min(Math.max(value, least), most);
}

const saturating = (lane: Lane, f: (a: number, b: number) => number): PackedOperation =>
  lanes(lane, (a, b) => saturate(lane, f(a, b)));

const compared = (lane: Lane, f: (a: number, b: number) => boolean): PackedOperation =>
  lanes(lane, (a, b) => (f(a, b) ? -1 : 0));

/** On whole 64-bit lanes. */
function quads(f: (a: bigint, b: bigint) => bigint): PackedOperation {
  return (a, b, width) => {
    const { bytes, view } = made(width);
    for (let at = 0; at < width; at += 8) {
      view.setBigUint64(
        at,
        BigInt.asUintN(64, f(a.getBigUint64(at, true), b.getBigUint64(at, true))),
        true,
      );
    }
    return bytes;
  };
}

const add = (a: number, b: number): number => a + b;
const subtract = (a: number, b: number): number => a - b;
const sum = (a: bigint, b: bigint): bigint => a + b;
const low32 = (value: bigint): bigint => value & 0xffffffffn;
const signed = (value: bigint): bigint => BigInt.asIntN(64, value);
const signed32 = (value: bigint): bigint => BigInt.asIntN(32, value);

/** Pairs of lanes of `a`, then of `b`, each pair made one. */
function horizontal(lane: Lane, f: (x: number, y: number) => number): PackedOperation {
  const size = LANES[lane][0];
  return (a, b, width) => {
    const { bytes, view } = made(width);
    const half = width / size / 2;
    for (let n = 0; n < half; n++) {
      put(view, size, n, f(get(a, lane, 2 * n), get(a, lane, 2 * n + 1)));
      put(view, size, half + n, f(get(b, lane, 2 * n), get(b, lane, 2 * n + 1)));
    }
    return bytes;
  };
}

/** Narrows the lanes of `a`, then of `b`. */
function packs(from: Lane, to: Lane): PackedOperation {
  const [size] = LANES[from];
  return (a, b, width) => {
    const { bytes, view } = made(width);
    const count = width / size;
    for (let n = 0; n < count; n++) {
      put(view, size / 2, n, saturate(to, get(a, from, n)));
      put(view, size / 2, count + n, saturate(to, get(b, from, n)));
    }
    return bytes;
  };
}

/** Interleaves the low or high halves in units of `size` bytes. */
function unpacks(size: number, isHigh: boolean): PackedOperation {
  return (a, b, width) => {
    const { bytes } = made(width);
    const start = isHigh ? width / 2 : 0;
    for (let n = 0; n < width / 2; n++) {
      const at = Math.floor(n / size) * 2 * size + (n % size);
      bytes[at] = a.getUint8(start + n);
      bytes[at + size] = b.getUint8(start + n);
    }
    return bytes;
  };
}

/** Products of adjacent lanes, added. */
function multiplyAdd(first: Lane, second: Lane, isSaturated: boolean): PackedOperation {
  const size = LANES[first][0];
  return (a, b, width) => {
    const { bytes, view } = made(width);
    for (let n = 0; n < width / size / 2; n++) {
      const total =
        get(a, first, 2 * n) * get(b, second, 2 * n) +
        get(a, first, 2 * n + 1) * get(b, second, 2 * n + 1);
      put(view, size * 2, n, isSaturated ? saturate('i16', total) : total);
    }
    return bytes;
  };
}

const sign = (lane: Lane): PackedOperation => lanes(lane, (a, b) => (b < 0 ? -a : b === 0 ? 0 : a));

/** A count as large as the source says; what is too large clears, or fills with the sign. */
function shiftCount(b: DataView, immediate: number): number {
  if (immediate >= 0) return immediate;
  const count = b.getBigUint64(0, true);
  return count > 255n ? 255 : Number(count);
}

function shifts(size: number, f: (value: bigint, count: bigint) => bigint): PackedOperation {
  const bits = size * 8;
  return (a, b, width, immediate) => {
    const { bytes, view } = made(width);
    const count = BigInt(shiftCount(b, immediate));
    for (let at = 0; at < width; at += 8) {
      let result = 0n;
      const quad = a.getBigUint64(at, true);
      for (let low = 0; low < 64; low += bits) {
        const lane = BigInt.asUintN(bits, quad >> BigInt(low));
        result |= BigInt.asUintN(bits, f(lane, count)) << BigInt(low);
      }
      view.setBigUint64(at, result, true);
    }
    return bytes;
  };
}

const left = (size: number): PackedOperation =>
  shifts(size, (value, count) => (count >= BigInt(size * 8) ? 0n : value << count));
const right = (size: number): PackedOperation => shifts(size, (value, count) => value >> count);
const arithmetic = (size: number): PackedOperation =>
  shifts(size, (value, count) => BigInt.asIntN(size * 8, value) >> count);

/** Bytes chosen by a source index each; an index below 0 gives 0. */
function shuffled(width: number, from: DataView, index: (n: number) => number): Uint8Array {
  const { bytes } = made(width);
  for (let n = 0; n < width; n++) {
    const at = index(n);
    bytes[n] = at < 0 ? 0 : from.getUint8(at);
  }
  return bytes;
}

/** Four lanes of `size` bytes from `start` on chosen by pairs of bits; the others stay. */
function chosen(size: number, start: number): PackedOperation {
  return (_, b, width, immediate) =>
    shuffled(width, b, (n) => {
      if (n < start || n >= start + 4 * size) return n;
      const lane = Math.floor((n - start) / size);
      return start + ((immediate >> (2 * lane)) & 3) * size + (n % size);
    });
}

/** Bytes of `a` and `b` end to end, `a` on top, from byte `by` on. */
function aligned(a: DataView, b: DataView, width: number, by: number): Uint8Array {
  const { bytes } = made(width);
  for (let n = 0; n < width; n++) {
    const at = n + by;
    if (at < width) bytes[n] = b.getUint8(at);
    else if (at < 2 * width) bytes[n] = a.getUint8(at - width);
  }
  return bytes;
}

function byteShift(isLeft: boolean): PackedOperation {
  return (a, _, width, immediate) =>
    shuffled(width, a, (n) => {
      const at = isLeft ? n - immediate : n + immediate;
      return at < width ? at : -1;
    });
}

/** Narrow lanes of the low part of `b`, widened. */
function widens(from: Lane, to: number): PackedOperation {
  const isSigned = LANES[from][3];
  return (_, b, width) => {
    const { bytes, view } = made(width);
    for (let n = 0; n < width / to; n++) {
      const value = get(b, from, n);
      if (to === 8) view.setBigInt64(n * 8, BigInt(value), true);
      else put(view, to, n, isSigned ? value : value);
    }
    return bytes;
  };
}

function blends(size: number): PackedOperation {
  return (a, b, width, immediate) => {
    const { bytes } = made(width);
    for (let n = 0; n < width; n++) {
      const isSecond = (immediate >> Math.floor(n / size)) & 1;
      bytes[n] = (isSecond ? b : a).getUint8(n);
    }
    return bytes;
  };
}

/** Sums of absolute differences of eight bytes each. */
const absoluteDifferences: PackedOperation = (a, b, width) => {
  const { bytes, view } = made(width);
  for (let at = 0; at < width; at += 8) {
    let total = 0;
    for (let n = at; n < at + 8; n++) total += Math.abs(a.getUint8(n) - b.getUint8(n));
    view.setUint16(at, total, true);
  }
  return bytes;
};

/** MPSADBW: eight sums over four bytes of `b`, against windows of `a`. */
const windowDifferences: PackedOperation = (a, b, width, immediate) => {
  const { bytes, view } = made(width);
  const source = (immediate & 3) * 4;
  const start = immediate & 4;
  for (let n = 0; n < 8; n++) {
    let total = 0;
    for (let k = 0; k < 4; k++) {
      total += Math.abs(a.getUint8(start + n + k) - b.getUint8(source + k));
    }
    view.setUint16(n * 2, total, true);
  }
  return bytes;
};

/** PHMINPOSUW: the least of eight words, and where it is. */
const leastWord: PackedOperation = (_, b, width) => {
  const { bytes, view } = made(width);
  let at = 0;
  for (let n = 1; n < 8; n++) if (get(b, 'u16', n) < get(b, 'u16', at)) at = n;
  view.setUint16(0, get(b, 'u16', at), true);
  view.setUint16(2, at, true);
  return bytes;
};

const average = (a: number, b: number): number => (a + b + 1) >> 1;
const highWord = (a: number, b: number): number => Math.floor((a * b) / 0x10000);
const roundedHigh = (a: number, b: number): number => (((a * b) >> 14) + 1) >> 1;
const magnitude = (_: number, b: number): number => Math.abs(b);

export const PACKED_INTEGER: Readonly<Record<string, PackedOperation>> = {
  paddb: lanes('u8', add),
  paddw: lanes('u16', add),
  paddd: lanes('u32', add),
  paddq: quads(sum),
  psubb: lanes('u8', subtract),
  psubw: lanes('u16', subtract),
  psubd: lanes('u32', subtract),
  psubq: quads((a, b) => a - b),
  paddsb: saturating('i8', add),
  paddsw: saturating('i16', add),
  paddusb: saturating('u8', add),
  paddusw: saturating('u16', add),
  psubsb: saturating('i8', subtract),
  psubsw: saturating('i16', subtract),
  psubusb: saturating('u8', subtract),
  psubusw: saturating('u16', subtract),
  pcmpeqb: compared('u8', (a, b) => a === b),
  pcmpeqw: compared('u16', (a, b) => a === b),
  pcmpeqd: compared('u32', (a, b) => a === b),
  pcmpeqq: quads((a, b) => (a === b ? -1n : 0n)),
  pcmpgtb: compared('i8', (a, b) => a > b),
  pcmpgtw: compared('i16', (a, b) => a > b),
  pcmpgtd: compared('i32', (a, b) => a > b),
  pcmpgtq: quads((a, b) => (signed(a) > signed(b) ? -1n : 0n)),
  pminub: lanes('u8', Math.min),
  pminuw: lanes('u16', Math.min),
  pminud: lanes('u32', Math.min),
  pminsb: lanes('i8', Math.min),
  pminsw: lanes('i16', Math.min),
  pminsd: lanes('i32', Math.min),
  pmaxub: lanes('u8', Math.max),
  pmaxuw: lanes('u16', Math.max),
  pmaxud: lanes('u32', Math.max),
  pmaxsb: lanes('i8', Math.max),
  pmaxsw: lanes('i16', Math.max),
  pmaxsd: lanes('i32', Math.max),
  pavgb: lanes('u8', average),
  pavgw: lanes('u16', average),
  pabsb: lanes('i8', magnitude),
  pabsw: lanes('i16', magnitude),
  pabsd: lanes('i32', magnitude),
  psignb: sign('i8'),
  psignw: sign('i16'),
  psignd: sign('i32'),
  pmullw: lanes('i16', Math.imul),
  pmulld: lanes('i32', Math.imul),
  pmulhw: lanes('i16', highWord),
  pmulhuw: lanes('u16', highWord),
  pmulhrsw: lanes('i16', roundedHigh),
  pmuludq: quads((a, b) => low32(a) * low32(b)),
  pmuldq: quads((a, b) => signed32(a) * signed32(b)),
  pmaddwd: multiplyAdd('i16', 'i16', false),
  pmaddubsw: multiplyAdd('u8', 'i8', true),
  psadbw: absoluteDifferences,
  mpsadbw: windowDifferences,
  phminposuw: leastWord,
  pand: quads((a, b) => a & b),
  pandn: quads((a, b) => ~a & b),
  por: quads((a, b) => a | b),
  pxor: quads((a, b) => a ^ b),
  phaddw: horizontal('i16', add),
  phaddd: horizontal('i32', add),
  phaddsw: horizontal('i16', (x, y) => saturate('i16', x + y)),
  phsubw: horizontal('i16', subtract),
  phsubd: horizontal('i32', subtract),
  phsubsw: horizontal('i16', (x, y) => saturate('i16', x - y)),
  packsswb: packs('i16', 'i8'),
  packuswb: packs('i16', 'u8'),
  packssdw: packs('i32', 'i16'),
  packusdw: packs('i32', 'u16'),
  punpcklbw: unpacks(1, false),
  punpcklwd: unpacks(2, false),
  punpckldq: unpacks(4, false),
  punpcklqdq: unpacks(8, false),
  punpckhbw: unpacks(1, true),
  punpckhwd: unpacks(2, true),
  punpckhdq: unpacks(4, true),
  punpckhqdq: unpacks(8, true),
  psllw: left(2),
  pslld: left(4),
  psllq: left(8),
  psrlw: right(2),
  psrld: right(4),
  psrlq: right(8),
  psraw: arithmetic(2),
  psrad: arithmetic(4),
  pslldq: byteShift(true),
  psrldq: byteShift(false),
  pshufb: (a, b, width) =>
    shuffled(width, a, (n) => (b.getInt8(n) < 0 ? -1 : b.getUint8(n) & (width - 1))),
  pshufw: chosen(2, 0),
  pshufd: chosen(4, 0),
  pshuflw: chosen(2, 0),
  pshufhw: chosen(2, 8),
  palignr: aligned,
  pblendw: blends(2),
  pmovsxbw: widens('i8', 2),
  pmovsxbd: widens('i8', 4),
  pmovsxbq: widens('i8', 8),
  pmovsxwd: widens('i16', 4),
  pmovsxwq: widens('i16', 8),
  pmovsxdq: widens('i32', 8),
  pmovzxbw: widens('u8', 2),
  pmovzxbd: widens('u8', 4),
  pmovzxbq: widens('u8', 8),
  pmovzxwd: widens('u16', 4),
  pmovzxwq: widens('u16', 8),
  pmovzxdq: widens('u32', 8),
};
