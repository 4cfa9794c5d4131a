// @table
/** 32-bit data processing on registers that every Armv7-M core has (A5.3.12, A5.3.15). */
import {
  add,
  and,
  clz,
  constant,
  type Expression,
  extend8,
  extend16,
  or,
  rotr,
  shl,
  shrU,
} from '../../ir/expression.ts';
import { reverseBits, reverseBytes, reverseHalfwords } from './bit-order.ts';
import type { Lifting } from './lifting.ts';
import { type Feature, type Lift, type Row, row } from './row.ts';
import { ASR, LSL, LSR, ROR, shiftRegister } from './shift.ts';

function shift(kind: number): Lift {
  return (c, f) => {
    const { value, carry } = shiftRegister(c, kind, c.get(f.n!), c.get(f.m!));
    c.logical(f.d!, value, carry, f.s === 1);
  };
}

type Extend = (e: Expression) => Expression;

const zeroExtend8: Extend = (e) => and(e, constant(0xff));
const zeroExtend16: Extend = (e) => and(e, constant(0xffff));
/** SXTB16 and UXTB16: bytes 0 and 2 become halfwords. */
const signedBytes: Extend = (e) =>
  or(and(extend8(e), constant(0xffff)), shl(extend8(shrU(e, constant(16))), constant(16)));
const unsignedBytes: Extend = (e) => and(e, constant(0x00ff00ff));

/** Adds halfwords apart; the sum of each wraps. */
function addHalfwords(a: Expression, b: Expression): Expression {
  const upper = add(and(a, constant(0xffff0000)), and(b, constant(0xffff0000)));
  return or(and(add(a, b), constant(0xffff)), upper);
}

function extended(
  c: Lifting,
  m: number,
  rotation: number,
  extend: Extend,
  twice: boolean,
): Expression {
  const rotated = rotr(c.get(m), constant(rotation * 8));
  return extend(twice ? c.block.let(rotated) : rotated);
}

/** An extension and its accumulating twin, which only v7E-M has. */
function extendRows(code: string, name: string, extend: Extend, pairs: boolean): Row[] {
  const since: Feature = pairs ? 'v7em' : 'v7m';
  return [
    row(since, `11111010 0${code} 1111 1111 dddd 10rr mmmm`, name, 'Rd, Rm, ror #r*8', (c, f) =>
      c.set(f.d!, extended(c, f.m!, f.r!, extend, pairs)),
    ),
    row(
      'v7em',
      `11111010 0${code} nnnn 1111 dddd 10rr mmmm`,
      name.replace('xt', 'xta'),
      'Rd, Rn, Rm, ror #r*8',
      (c, f) => {
        const value = c.block.let(extended(c, f.m!, f.r!, extend, pairs));
        c.set(f.d!, pairs ? addHalfwords(c.get(f.n!), value) : add(c.get(f.n!), value));
      },
    ),
  ];
}

/** The manual repeats Rm in the first halfword; as QEMU, only the second one counts. */
function reversal(
  code: string,
  name: string,
  reverse: (c: Lifting, e: Expression) => Expression,
): Row {
  return row(
    'v7m',
    `11111010 10${code.slice(0, 2)} .... 1111 dddd 10${code.slice(2)} mmmm`,
    name,
    'Rd, Rm',
    (c, f) => c.set(f.d!, reverse(c, c.get(f.m!))),
  );
}

export const WIDE_REGISTER: readonly Row[] = [
  row('v7m', '11111010 000 s nnnn 1111 dddd 0000 mmmm', 'lsl{s}', 'Rd, Rn, Rm', shift(LSL)),
  row('v7m', '11111010 001 s nnnn 1111 dddd 0000 mmmm', 'lsr{s}', 'Rd, Rn, Rm', shift(LSR)),
  row('v7m', '11111010 010 s nnnn 1111 dddd 0000 mmmm', 'asr{s}', 'Rd, Rn, Rm', shift(ASR)),
  row('v7m', '11111010 011 s nnnn 1111 dddd 0000 mmmm', 'ror{s}', 'Rd, Rn, Rm', shift(ROR)),
  ...extendRows('000', 'sxth', extend16, false),
  ...extendRows('001', 'uxth', zeroExtend16, false),
  ...extendRows('010', 'sxtb16', signedBytes, true),
  ...extendRows('011', 'uxtb16', unsignedBytes, true),
  ...extendRows('100', 'sxtb', extend8, false),
  ...extendRows('101', 'uxtb', zeroExtend8, false),
  reversal('0100', 'rev', (_c, e) => reverseBytes(e)),
  reversal('0101', 'rev16', (_c, e) => reverseHalfwords(e)),
  reversal('0110', 'rbit', (c, e) => reverseBits(e, (step) => c.block.let(step))),
  reversal('0111', 'revsh', (_c, e) => extend16(reverseHalfwords(e))),
  reversal('1100', 'clz', (_c, e) => clz(e)),
];
