/**
 * SSE to SSE4.2 on integers, and what moves, shuffles and masks vectors of any kind, by
 * WebAssembly's own vector operations (SDM volume 2). Sixteen bytes of memory have to be aligned
 * where the table does not say otherwise.
 */
import {
  and,
  constant,
  constant64,
  constant128,
  type Expression,
  eqz,
  operate,
  or,
  select,
  shl,
  shuffle,
  widenU,
  wrap,
} from '../../ir/expression.ts';
import type { OperationName } from '../../ir/operation.ts';
import { CF, ZF } from './flags.ts';
import type { Lift, LiftTable } from './lift-table.ts';
import type { Lifting } from './lifting.ts';
import { XMM0 } from './state.ts';

const ZERO = constant128(0n);
const BYTES: readonly number[] = Array.from({ length: 16 }, (_, n) => n);

const lowHalf = (e: Expression): Expression => operate('i64x2.extract0', e);
const highHalf = (e: Expression): Expression => operate('i64x2.extract1', e);
/** Eight bytes with zeros above. */
export const fromLow = (e: Expression): Expression => operate('i64x2.replace0', ZERO, e);

/** Number of the xmm register that an operand names. */
export function register(c: Lifting, n: number): number {
  return XMM0 + c.operand(n).register;
}

function requireAligned(c: Lifting): void {
  if (c.instruction.row!.form.attributes.has('unaligned')) return;
  c.block.if(and(wrap(c.address()), constant(15)), () => {
    c.block.trap('general-protection', constant(0), false);
  });
}

/** A vector operand; a memory operand of fewer bytes has zeros above. */
export function vector(c: Lifting, n: number): Expression {
  const { kind, size } = c.operand(n);
  if (kind === 'register') return c.get(register(c, n));
  if (size < 16) return fromLow(c.load(c.address(), size as 1 | 2 | 4 | 8));
  const address = c.address();
  requireAligned(c);
  return c.block.load(address, 16, false, 'any');
}

function writeVector(c: Lifting, n: number, value: Expression): void {
  if (c.operand(n).kind === 'register') {
    c.block.set(register(c, n), value);
    return;
  }
  const address = c.address();
  requireAligned(c);
  c.block.store(address, 16, value, 'any');
}

export const immediate = (c: Lifting, n: number): number => c.operand(n).low & 0xff;

// Moves.

const moveVector: Lift = (c) => writeVector(c, 0, c.block.let(vector(c, 1)));

/** MOVD and MOVQ between files and memory, either way. */
const moveLow: Lift = (c) => {
  const to = c.operand(0);
  const from = c.operand(1);
  const isVector = from.kind === 'register' && from.file === 'xmm';
  const value = c.block.let(isVector ? lowHalf(c.get(register(c, 1))) : c.zero(1));
  if (to.kind === 'register' && to.file === 'xmm') c.block.set(register(c, 0), fromLow(value));
  else c.write(0, value);
};

/** MOVSS and MOVSD: between registers the upper part stays, from memory it is cleared. */
const moveScalar =
  (size: 4 | 8): Lift =>
  (c) => {
    const isLoad = c.operand(1).kind === 'memory';
    if (isLoad) {
      c.block.set(register(c, 0), vector(c, 1));
    } else if (c.operand(0).kind === 'memory') {
      c.store(c.address(), size, lowHalf(c.get(register(c, 1))));
    } else {
      const lanes = BYTES.map((n) => (n < size ? n + 16 : n));
      c.block.set(register(c, 0), shuffle(lanes, c.get(register(c, 0)), c.get(register(c, 1))));
    }
  };

/** MOVLPS, MOVHPS and their kin: half a register from or to memory. */
const moveHalf =
  (isHigh: boolean): Lift =>
  (c) => {
    if (c.operand(0).kind === 'memory') {
      const value = c.get(register(c, 1));
      c.store(c.address(), 8, isHigh ? highHalf(value) : lowHalf(value));
      return;
    }
    const loaded = c.load(c.address(), 8);
    const name = isHigh ? 'i64x2.replace1' : 'i64x2.replace0';
    c.block.set(register(c, 0), operate(name, c.get(register(c, 0)), loaded));
  };

// Lane by lane.

const binary =
  (combine: (to: Expression, from: Expression, c: Lifting) => Expression): Lift =>
  (c) => {
    const from = c.block.let(vector(c, 1));
    c.block.set(register(c, 0), combine(c.get(register(c, 0)), from, c));
  };

const direct = (name: OperationName): Lift => binary((to, from) => operate(name, to, from));

const DIRECT: Readonly<Record<string, OperationName>> = {
  paddb: 'i8x16.add',
  paddw: 'i16x8.add',
  paddd: 'i32x4.add',
  paddq: 'i64x2.add',
  psubb: 'i8x16.sub',
  psubw: 'i16x8.sub',
  psubd: 'i32x4.sub',
  psubq: 'i64x2.sub',
  paddsb: 'i8x16.add_sat_s',
  paddsw: 'i16x8.add_sat_s',
  paddusb: 'i8x16.add_sat_u',
  paddusw: 'i16x8.add_sat_u',
  psubsb: 'i8x16.sub_sat_s',
  psubsw: 'i16x8.sub_sat_s',
  psubusb: 'i8x16.sub_sat_u',
  psubusw: 'i16x8.sub_sat_u',
  pand: 'v128.and',
  andps: 'v128.and',
  andpd: 'v128.and',
  por: 'v128.or',
  orps: 'v128.or',
  orpd: 'v128.or',
  pxor: 'v128.xor',
  xorps: 'v128.xor',
  xorpd: 'v128.xor',
  pcmpeqb: 'i8x16.eq',
  pcmpeqw: 'i16x8.eq',
  pcmpeqd: 'i32x4.eq',
  pcmpeqq: 'i64x2.eq',
  pcmpgtb: 'i8x16.gt_s',
  pcmpgtw: 'i16x8.gt_s',
  pcmpgtd: 'i32x4.gt_s',
  pcmpgtq: 'i64x2.gt_s',
  pminub: 'i8x16.min_u',
  pmaxub: 'i8x16.max_u',
  pminsb: 'i8x16.min_s',
  pmaxsb: 'i8x16.max_s',
  pminuw: 'i16x8.min_u',
  pmaxuw: 'i16x8.max_u',
  pminsw: 'i16x8.min_s',
  pmaxsw: 'i16x8.max_s',
  pminud: 'i32x4.min_u',
  pmaxud: 'i32x4.max_u',
  pminsd: 'i32x4.min_s',
  pmaxsd: 'i32x4.max_s',
  pavgb: 'i8x16.avgr_u',
  pavgw: 'i16x8.avgr_u',
  pmullw: 'i16x8.mul',
  pmulld: 'i32x4.mul',
  pmaddwd: 'i32x4.dot_s',
  packsswb: 'i8x16.narrow_s',
  packuswb: 'i8x16.narrow_u',
  packssdw: 'i16x8.narrow_s',
  packusdw: 'i16x8.narrow_u',
};

const andNot = binary((to, from) => operate('v128.andnot', from, to));

/** Upper halves of the products of 16-bit lanes. */
const multiplyHigh = (isSigned: boolean): Lift =>
  binary((to, from) => {
    const suffix = isSigned ? 's' : 'u';
    const low = operate(`i32x4.extmul_low_${suffix}`, to, from);
    const high = operate(`i32x4.extmul_high_${suffix}`, to, from);
    const lanes = BYTES.map((n) => (n >> 1) * 4 + 2 + (n & 1));
    return shuffle(lanes, low, high);
  });

/** Products of the even 32-bit lanes. */
const multiplyEven = (isSigned: boolean): Lift =>
  binary((to, from) => {
    const even = BYTES.map((n) => (n < 8 ? (n >> 2) * 8 + (n & 3) : n));
    const pick = (e: Expression): Expression => shuffle(even, e, e);
    return operate(`i64x2.extmul_low_${isSigned ? 's' : 'u'}`, pick(to), pick(from));
  });

const absolute = (name: OperationName): Lift => binary((_to, from) => operate(name, from));

// Shuffles.

/** Lanes of `size` bytes of the lower or upper halves, the first operand's first. */
function interleaved(size: number, isHigh: boolean): Lift {
  const lanes = BYTES.map((n) => {
    const lane = Math.floor(n / size);
    const from = (lane >> 1) * size + (n % size) + (isHigh ? 8 : 0);
    return (lane & 1) === 0 ? from : from + 16;
  });
  return binary((to, from) => shuffle(lanes, to, from));
}

/** Lanes of the source by two bits each of the immediate. */
const shuffleDoublewords: Lift = (c) => {
  const order = immediate(c, 2);
  const lanes = BYTES.map((n) => ((order >> ((n >> 2) * 2)) & 3) * 4 + (n & 3));
  const from = c.block.let(vector(c, 1));
  c.block.set(register(c, 0), shuffle(lanes, from, from));
};

const shuffleWords =
  (isHigh: boolean): Lift =>
  (c) => {
    const order = immediate(c, 2);
    const base = isHigh ? 8 : 0;
    const lanes = BYTES.map((n) => {
      if (n < base || n >= base + 8) return n;
      return base + ((order >> (((n - base) >> 1) * 2)) & 3) * 2 + (n & 1);
    });
    const from = c.block.let(vector(c, 1));
    c.block.set(register(c, 0), shuffle(lanes, from, from));
  };

/** SHUFPS: two lanes of the destination, two of the source. */
const shuffleSingles: Lift = (c) => {
  const order = immediate(c, 2);
  const lanes = BYTES.map((n) => {
    const lane = (order >> ((n >> 2) * 2)) & 3;
    return lane * 4 + (n & 3) + (n < 8 ? 0 : 16);
  });
  const from = c.block.let(vector(c, 1));
  c.block.set(register(c, 0), shuffle(lanes, c.get(register(c, 0)), from));
};

const shuffleDoubles: Lift = (c) => {
  const order = immediate(c, 2);
  const lanes = BYTES.map((n) => ((order >> (n >> 3)) & 1) * 8 + (n & 7) + (n < 8 ? 0 : 16));
  const from = c.block.let(vector(c, 1));
  c.block.set(register(c, 0), shuffle(lanes, c.get(register(c, 0)), from));
};

/** PSRLDQ and PSLLDQ: by bytes. */
const shiftBytes =
  (isLeft: boolean): Lift =>
  (c) => {
    const count = Math.min(immediate(c, 1), 16);
    const lanes = BYTES.map((n) => {
      const from = isLeft ? n - count : n + count;
      return from >= 0 && from < 16 ? from : 16;
    });
    c.block.set(register(c, 0), shuffle(lanes, c.get(register(c, 0)), ZERO));
  };

/** PALIGNR: bytes of destination and source side by side. */
const alignRight: Lift = (c) => {
  const count = immediate(c, 2);
  const from = c.block.let(vector(c, 1));
  const to = c.get(register(c, 0));
  // Where both are shifted out zeros come in: the second operand is then of zeros.
  const isFar = count >= 16;
  const lanes = BYTES.map((n) => Math.min(n + count - (isFar ? 16 : 0), isFar ? 16 : 31));
  c.block.set(register(c, 0), isFar ? shuffle(lanes, to, ZERO) : shuffle(lanes, from, to));
};

/** An index with its top bit set gives 0. */
const shuffleBytes = binary((to, from) =>
  operate(
    'i8x16.swizzle',
    to,
    operate('v128.and', from, constant128(0x8f8f8f8f8f8f8f8f8f8f8f8f8f8f8f8fn)),
  ),
);

const moveHighToLow = binary((to, from) =>
  shuffle(
    BYTES.map((n) => (n < 8 ? n + 24 : n)),
    to,
    from,
  ),
);

const moveLowToHigh = binary((to, from) =>
  shuffle(
    BYTES.map((n) => (n < 8 ? n : n + 8)),
    to,
    from,
  ),
);

/** MOVDDUP, MOVSLDUP and MOVSHDUP. */
const duplicate = (lanes: readonly number[]): Lift =>
  binary((_to, from) => shuffle(lanes, from, from));

// Shifts of lanes.

/**
 * By an immediate or by the low 8 bytes of a vector; from the lane's bits on all is shifted out.
 */
function shiftLanes(name: OperationName, bits: number, isArithmetic: boolean): Lift {
  return (c) => {
    const { block } = c;
    const { kind, file } = c.operand(1);
    const isImmediate = kind === 'immediate' || file !== 'xmm';
    const count = isImmediate
      ? constant64(BigInt(immediate(c, 1)))
      : block.let(lowHalf(vector(c, 1)));
    const isOut = operate('geU64', count, constant64(BigInt(bits)));
    const to = c.get(register(c, 0));
    const most = constant(bits - 1);
    const by = isArithmetic ? select(isOut, most, wrap(count)) : wrap(count);
    const shifted = operate(name, to, by);
    c.block.set(register(c, 0), isArithmetic ? shifted : select(isOut, ZERO, shifted));
  };
}

// Between vectors and general registers.

const mask =
  (name: OperationName): Lift =>
  (c) =>
    c.write(0, widenU(operate(name, c.get(register(c, 1)))));

/** PEXTRB, PEXTRW, PEXTRD and PEXTRQ. */
export const extract =
  (size: number): Lift =>
  (c) => {
    const at = (immediate(c, 2) * size) & 15;
    const value = c.get(register(c, 1));
    const half = at < 8 ? lowHalf(value) : highHalf(value);
    const lane = operate('shrU64', half, constant64(BigInt((at & 7) * 8)));
    const bits = constant64((1n << BigInt(size * 8)) - 1n);
    c.write(0, operate('and64', lane, bits));
  };

/** PINSRB, PINSRW, PINSRD and PINSRQ. */
const insert =
  (size: number): Lift =>
  (c) => {
    const at = (immediate(c, 2) * size) & 15;
    const inserted = c.block.let(c.raw(1));
    const value = c.get(register(c, 0));
    const place = BigInt((at & 7) * 8);
    const bits = (1n << BigInt(size * 8)) - 1n;
    const half = at < 8 ? lowHalf(value) : highHalf(value);
    const kept = operate('and64', half, constant64(~(bits << place)));
    const lane = operate('and64', inserted, constant64(bits));
    const changed = operate('or64', kept, operate('shl64', lane, constant64(place)));
    const name = at < 8 ? 'i64x2.replace0' : 'i64x2.replace1';
    c.block.set(register(c, 0), operate(name, value, changed));
  };

/** PMOVSX and PMOVZX, one doubling after another. */
const widen = (...names: readonly OperationName[]): Lift =>
  binary((_to, from) => names.reduce((value, name) => operate(name, value), from));

/** ZF: no bit in common; CF: no bit of the source beside. */
const testBits: Lift = (c) => {
  const from = c.block.let(vector(c, 1));
  const to = c.get(register(c, 0));
  const isNone = (e: Expression): Expression => eqz(operate('v128.any_true', e));
  const zero = isNone(operate('v128.and', to, from));
  const carry = isNone(operate('v128.andnot', from, to));
  c.flags.image(c.block.let(or(shl(zero, constant(ZF)), shl(carry, constant(CF)))));
};

/** Bytes of the source where the top bit of xmm0's byte is set. */
const blendBytes: Lift = (c) => {
  const from = c.block.let(vector(c, 1));
  const chosen = c.block.let(operate('i8x16.shr_s', c.get(XMM0), constant(7)));
  const to = c.get(register(c, 0));
  const kept = operate('v128.andnot', to, chosen);
  c.block.set(register(c, 0), operate('v128.or', kept, operate('v128.and', from, chosen)));
};

const blendWords: Lift = (c) => {
  const chosen = immediate(c, 2);
  const lanes = BYTES.map((n) => ((chosen >> (n >> 1)) & 1 ? n + 16 : n));
  const from = c.block.let(vector(c, 1));
  c.block.set(register(c, 0), shuffle(lanes, c.get(register(c, 0)), from));
};

const MOVES = `movdqa movdqu movups movupd movaps movapd movntdq movntps movntpd lddqu movntdqa`;

/** On xmm registers alone: the rows on mm registers have the same names. */
export const VECTOR_LIFTS: LiftTable = {
  ...Object.fromEntries(MOVES.split(' ').map((mnemonic) => [mnemonic, moveVector])),
  ...Object.fromEntries(Object.entries(DIRECT).map(([mnemonic, name]) => [mnemonic, direct(name)])),
  movd: moveLow,
  movq: moveLow,
  movss: moveScalar(4),
  movsd: moveScalar(8),
  movlps: moveHalf(false),
  movlpd: moveHalf(false),
  movhps: moveHalf(true),
  movhpd: moveHalf(true),
  movhlps: moveHighToLow,
  movlhps: moveLowToHigh,
  movddup: duplicate(BYTES.map((n) => n & 7)),
  movsldup: duplicate(BYTES.map((n) => (n & ~7) | (n & 3))),
  movshdup: duplicate(BYTES.map((n) => (n & ~7) | 4 | (n & 3))),
  pandn: andNot,
  andnps: andNot,
  andnpd: andNot,
  pmulhw: multiplyHigh(true),
  pmulhuw: multiplyHigh(false),
  pmuldq: multiplyEven(true),
  pmuludq: multiplyEven(false),
  pabsb: absolute('i8x16.abs'),
  pabsw: absolute('i16x8.abs'),
  pabsd: absolute('i32x4.abs'),
  punpcklbw: interleaved(1, false),
  punpcklwd: interleaved(2, false),
  punpckldq: interleaved(4, false),
  punpcklqdq: interleaved(8, false),
  punpckhbw: interleaved(1, true),
  punpckhwd: interleaved(2, true),
  punpckhdq: interleaved(4, true),
  punpckhqdq: interleaved(8, true),
  unpcklps: interleaved(4, false),
  unpcklpd: interleaved(8, false),
  unpckhps: interleaved(4, true),
  unpckhpd: interleaved(8, true),
  pshufd: shuffleDoublewords,
  pshuflw: shuffleWords(false),
  pshufhw: shuffleWords(true),
  shufps: shuffleSingles,
  shufpd: shuffleDoubles,
  psrldq: shiftBytes(false),
  pslldq: shiftBytes(true),
  palignr: alignRight,
  pshufb: shuffleBytes,
  psllw: shiftLanes('i16x8.shl', 16, false),
  pslld: shiftLanes('i32x4.shl', 32, false),
  psllq: shiftLanes('i64x2.shl', 64, false),
  psrlw: shiftLanes('i16x8.shr_u', 16, false),
  psrld: shiftLanes('i32x4.shr_u', 32, false),
  psrlq: shiftLanes('i64x2.shr_u', 64, false),
  psraw: shiftLanes('i16x8.shr_s', 16, true),
  psrad: shiftLanes('i32x4.shr_s', 32, true),
  pmovmskb: mask('i8x16.bitmask'),
  movmskps: mask('i32x4.bitmask'),
  movmskpd: mask('i64x2.bitmask'),
  pextrb: extract(1),
  pextrw: extract(2),
  pextrd: extract(4),
  pextrq: extract(8),
  pinsrb: insert(1),
  pinsrw: insert(2),
  pinsrd: insert(4),
  pinsrq: insert(8),
  pmovsxbw: widen('i16x8.extend_low_s'),
  pmovsxbd: widen('i16x8.extend_low_s', 'i32x4.extend_low_s'),
  pmovsxbq: widen('i16x8.extend_low_s', 'i32x4.extend_low_s', 'i64x2.extend_low_s'),
  pmovsxwd: widen('i32x4.extend_low_s'),
  pmovsxwq: widen('i32x4.extend_low_s', 'i64x2.extend_low_s'),
  pmovsxdq: widen('i64x2.extend_low_s'),
  pmovzxbw: widen('i16x8.extend_low_u'),
  pmovzxbd: widen('i16x8.extend_low_u', 'i32x4.extend_low_u'),
  pmovzxbq: widen('i16x8.extend_low_u', 'i32x4.extend_low_u', 'i64x2.extend_low_u'),
  pmovzxwd: widen('i32x4.extend_low_u'),
  pmovzxwq: widen('i32x4.extend_low_u', 'i64x2.extend_low_u'),
  pmovzxdq: widen('i64x2.extend_low_u'),
  ptest: testBits,
  pblendvb: blendBytes,
  pblendw: blendWords,
};
