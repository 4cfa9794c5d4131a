/**
 * Vector instructions that are more than one operation of WebAssembly, or none: SSSE3's sums and
 * signs, SSE4.1's blends, strings, AES and carry-less products (SDM volume 2).
 */
import {
  constant,
  constant128,
  type Expression,
  operate,
  shuffle,
  widenU,
} from '../../ir/expression.ts';
import type { OperationName } from '../../ir/operation.ts';
import type { Lift, LiftTable } from './lift-table.ts';
import { extract, immediate, register, vector } from './lift-vector.ts';
import { type Lifting, signExtended, zeroExtended } from './lifting.ts';
import { packedRequest, stringRequest } from './packed-routine.ts';
import { RAX, RCX, RDI, RDX } from './register.ts';
import { ROUTINE } from './routine.ts';
import { XMM0 } from './state.ts';

const BYTES: readonly number[] = Array.from({ length: 16 }, (_, n) => n);
const ZERO = constant128(0n);
const LOW_BYTES = constant128(0x00ff00ff00ff00ff00ff00ff00ff00ffn);
const LOW_WORDS = constant128(0x0000ffff0000ffff0000ffff0000ffffn);
const LOW_DOUBLEWORDS = constant128(0x00000000ffffffff00000000ffffffffn);

/** Sets the destination to what becomes of it and the source, both of which can be read often. */
const combining =
  (combine: (to: Expression, from: Expression, c: Lifting) => Expression): Lift =>
  (c) => {
    const from = c.block.let(vector(c, 1));
    c.block.set(register(c, 0), combine(c.get(register(c, 0)), from, c));
  };

const named =
  (name: OperationName): ((a: Expression, b: Expression) => Expression) =>
  (a, b) =>
    operate(name, a, b);

/** PHADDW and its kin: even and odd lanes of both operands. */
const horizontal = (name: OperationName, size: number): Lift =>
  combining((to, from) => {
    const pick = (odd: number): Expression => {
      const lanes = BYTES.map((n) => (2 * Math.floor(n / size) + odd) * size + (n % size));
      return shuffle(lanes, to, from);
    };
    return operate(name, pick(0), pick(1));
  });

/** PSIGNB and its kin: negated where the source is below zero, and zero where it is. */
const sign = (shape: 'i8x16' | 'i16x8' | 'i32x4', bits: number): Lift =>
  combining((to, from, { block }) => {
    const isNegative = block.let(operate(`${shape}.shr_s`, from, constant(bits - 1)));
    const negated = operate(`${shape}.sub`, operate('v128.xor', to, isNegative), isNegative);
    return operate('v128.andnot', negated, operate(`${shape}.eq`, from, ZERO));
  });

/** PMULHRSW: WebAssembly's saturates where both are -1; here that wraps. */
const roundedHigh = combining((to, from) => {
  const least = constant128(0x80008000800080008000800080008000n);
  const isLeast = named('v128.and')(
    operate('i16x8.eq', to, least),
    operate('i16x8.eq', from, least),
  );
  return operate('v128.xor', operate('i16x8.q15mulr_sat_s', to, from), isLeast);
});

/** PMADDUBSW: unsigned bytes times signed ones, neighbours added. */
const multiplyAddBytes = combining((to, from) => {
  const even = operate(
    'i16x8.mul',
    operate('v128.and', to, LOW_BYTES),
    operate('i16x8.shr_s', operate('i16x8.shl', from, constant(8)), constant(8)),
  );
  const odd = operate(
    'i16x8.mul',
    operate('i16x8.shr_u', to, constant(8)),
    operate('i16x8.shr_s', from, constant(8)),
  );
  return operate('i16x8.add_sat_s', even, odd);
});

/** PSADBW: absolute differences of bytes, added up in each half. */
const absoluteDifferences = combining((to, from, { block }) => {
  const differences = operate(
    'v128.or',
    operate('i8x16.sub_sat_u', to, from),
    operate('i8x16.sub_sat_u', from, to),
  );
  const halve = (e: Expression, by: number, name: OperationName, mask: Expression): Expression =>
    operate(
      name,
      operate('v128.and', e, mask),
      operate(
        by === 8 ? 'i16x8.shr_u' : by === 16 ? 'i32x4.shr_u' : 'i64x2.shr_u',
        e,
        constant(by),
      ),
    );
  const words = halve(block.let(differences), 8, 'i16x8.add', LOW_BYTES);
  const doublewords = halve(block.let(words), 16, 'i32x4.add', LOW_WORDS);
  return halve(block.let(doublewords), 32, 'i64x2.add', LOW_DOUBLEWORDS);
});

/** Bits of the source where the mask has them, else of the destination. */
function chosen(to: Expression, from: Expression, mask: Expression): Expression {
  return operate('v128.or', operate('v128.andnot', to, mask), operate('v128.and', from, mask));
}

/** BLENDVPS and BLENDVPD: by the signs of xmm0's lanes. */
const blendBySigns = (isDouble: boolean): Lift =>
  combining((to, from, { block }) => {
    const mask = block.get(XMM0);
    const signs = isDouble
      ? operate('i64x2.gt_s', ZERO, mask)
      : operate('i32x4.shr_s', mask, constant(31));
    return chosen(to, from, block.let(signs));
  });

const blendByImmediate = (size: number): Lift =>
  combining((to, from, c) => {
    const bits = immediate(c, 2);
    return shuffle(
      BYTES.map((n) => ((bits >> Math.floor(n / size)) & 1 ? n + 16 : n)),
      to,
      from,
    );
  });

/** INSERTPS: a lane of the source, or the four bytes of memory, into one; then lanes to zero. */
const insertSingle: Lift = (c) => {
  const bits = immediate(c, 2);
  const isMemory = c.operand(1).kind === 'memory';
  const from = c.block.let(vector(c, 1));
  const source = isMemory ? 0 : bits >> 6;
  const target = (bits >> 4) & 3;
  const lanes = BYTES.map((n) => (n >> 2 === target ? 16 + source * 4 + (n & 3) : n));
  let kept = 0n;
  for (let n = 0; n < 4; n++) if (((bits >> n) & 1) === 0) kept |= 0xffffffffn << BigInt(32 * n);
  const inserted = shuffle(lanes, c.get(register(c, 0)), from);
  c.block.set(register(c, 0), operate('v128.and', inserted, constant128(kept)));
};

/** What goes through the routine for packed operations. */
const inRoutine: Lift = (c) => {
  const { block } = c;
  const from = block.let(vector(c, 1));
  const byte = c.instruction.operandCount > 2 ? immediate(c, 2) : -1;
  const request = constant(packedRequest(c.instruction.row!.mnemonic, byte, 16));
  const to = register(c, 0);
  const [, result] = block.routine(ROUTINE.packed, [request, c.get(to), from], ['i64', 'v128']);
  block.set(to, result!);
};

/** PCMPESTRI, PCMPESTRM, PCMPISTRI and PCMPISTRM. */
const compareStrings =
  (isExplicit: boolean, isIndex: boolean): Lift =>
  (c) => {
    const { block } = c;
    const from = block.let(vector(c, 1));
    const size = c.instruction.hasRexW ? 8 : 4;
    const lengths = isExplicit ? [RAX, RDX].map((n) => signExtended(c.get(n), size)) : [];
    const operands = [
      constant(stringRequest(immediate(c, 2), isExplicit)),
      c.get(register(c, 0)),
      from,
      ...lengths,
    ];
    const [index, mask, flags] = block.routine(ROUTINE.string, operands, ['i32', 'v128', 'i32']);
    if (isIndex) block.set(RCX, widenU(index!));
    else block.set(XMM0, mask!);
    c.flags.image(flags!);
  };

/**
 * MASKMOVDQU: stores the bytes whose top bit the mask has; it faults as a store of sixteen bytes
 * does, whatever the mask (observed on an AMD EPYC).
 */
const storeMasked: Lift = (c) => {
  const { block } = c;
  const mask = block.let(operate('i8x16.shr_s', c.get(register(c, 1)), constant(7)));
  const base = zeroExtended(c.get(RDI), c.instruction.addressSize);
  const address = block.let(c.withSegment(base));
  const before = block.loadBeforeStore(address, 16);
  block.store(address, 16, chosen(before, c.get(register(c, 0)), mask), 'any');
};

const IN_ROUTINE = `phminposuw mpsadbw aesimc aesenc aesenclast aesdec aesdeclast aeskeygenassist
  pclmulqdq`;

export const PACKED_LIFTS: LiftTable = {
  ...Object.fromEntries(IN_ROUTINE.split(/\s+/).map((mnemonic) => [mnemonic, inRoutine])),
  phaddw: horizontal('i16x8.add', 2),
  phaddd: horizontal('i32x4.add', 4),
  phaddsw: horizontal('i16x8.add_sat_s', 2),
  phsubw: horizontal('i16x8.sub', 2),
  phsubd: horizontal('i32x4.sub', 4),
  phsubsw: horizontal('i16x8.sub_sat_s', 2),
  psignb: sign('i8x16', 8),
  psignw: sign('i16x8', 16),
  psignd: sign('i32x4', 32),
  pmulhrsw: roundedHigh,
  pmaddubsw: multiplyAddBytes,
  psadbw: absoluteDifferences,
  blendvps: blendBySigns(false),
  blendvpd: blendBySigns(true),
  blendps: blendByImmediate(4),
  blendpd: blendByImmediate(8),
  insertps: insertSingle,
  extractps: extract(4),
  pcmpestri: compareStrings(true, true),
  pcmpestrm: compareStrings(true, false),
  pcmpistri: compareStrings(false, true),
  pcmpistrm: compareStrings(false, false),
  maskmovdqu: storeMasked,
};
