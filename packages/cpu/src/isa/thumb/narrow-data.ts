// @table
/** The 16-bit data-processing instructions (Armv7-M ARM A5.2.1–A5.2.3, A5.2.5). */
import {
  add,
  and,
  constant,
  type Expression,
  extend8,
  extend16,
  mul,
  not,
  or,
  shl,
  shrU,
  sub,
  xor,
} from '../../ir/expression.ts';
import { reverseBytes, reverseHalfwords } from './bit-order.ts';
import { CARRY_KEPT, type Lifting } from './lifting.ts';
import { LR, PC, SP } from './register.ts';
import { type Row, row } from './row.ts';
import { ASR, LSL, LSR, ROR, shiftImmediate, shiftRegister } from './shift.ts';
import { branchTarget } from './single-transfer.ts';

type Binary = (a: Expression, b: Expression) => Expression;

const ZERO = constant(0);

function shiftByImmediate(kind: number): Row['lift'] {
  return (c, f) => {
    const { value, carry } = shiftImmediate(c, kind, f.i!, c.get(f.m!));
    c.logical(f.d!, value, carry, c.narrowSetsFlags);
  };
}

function shiftByRegister(kind: number): Row['lift'] {
  return (c, f) => {
    const { value, carry } = shiftRegister(c, kind, c.get(f.d!), c.get(f.m!));
    c.logical(f.d!, value, carry, c.narrowSetsFlags);
  };
}

function bitwise(operation: Binary): Row['lift'] {
  return (c, f) =>
    c.logical(f.d!, operation(c.get(f.d!), c.get(f.m!)), CARRY_KEPT, c.narrowSetsFlags);
}

/** ADD and MOV with any registers: into pc they are branches, and they never set flags. */
function setOrBranch(c: Lifting, d: number, value: Expression): void {
  if (d === PC) c.block.indirect(branchTarget(value), false);
  else c.set(d, value);
}

export const NARROW_DATA: readonly Row[] = [
  row('v6m', '00000 00000 mmm ddd', 'mov{S}', 'Rd, Rm', (c, f) =>
    c.logical(f.d!, c.get(f.m!), CARRY_KEPT, c.narrowSetsFlags),
  ),
  row('v6m', '00000 iiiii mmm ddd', 'lsl{S}', 'Rd, Rm, #i', shiftByImmediate(LSL)),
  row('v6m', '00001 iiiii mmm ddd', 'lsr{S}', 'Rd, Rm, #i^', shiftByImmediate(LSR)),
  row('v6m', '00010 iiiii mmm ddd', 'asr{S}', 'Rd, Rm, #i^', shiftByImmediate(ASR)),
  row('v6m', '0001100 mmm nnn ddd', 'add{S}', 'Rd, Rn, Rm', (c, f) =>
    c.add(f.d!, c.get(f.n!), c.get(f.m!), c.narrowSetsFlags),
  ),
  row('v6m', '0001101 mmm nnn ddd', 'sub{S}', 'Rd, Rn, Rm', (c, f) =>
    c.subtract(f.d!, c.get(f.n!), c.get(f.m!), c.narrowSetsFlags),
  ),
  row('v6m', '0001110 iii nnn ddd', 'add{S}', 'Rd, Rn, #i', (c, f) =>
    c.add(f.d!, c.get(f.n!), constant(f.i!), c.narrowSetsFlags),
  ),
  row('v6m', '0001111 iii nnn ddd', 'sub{S}', 'Rd, Rn, #i', (c, f) =>
    c.subtract(f.d!, c.get(f.n!), constant(f.i!), c.narrowSetsFlags),
  ),
  row('v6m', '00100 ddd iiiiiiii', 'mov{S}', 'Rd, #i', (c, f) =>
    c.logical(f.d!, constant(f.i!), CARRY_KEPT, c.narrowSetsFlags),
  ),
  row('v6m', '00101 nnn iiiiiiii', 'cmp', 'Rn, #i', (c, f) =>
    c.subtract(null, c.get(f.n!), constant(f.i!), true),
  ),
  row('v6m', '00110 ddd iiiiiiii', 'add{S}', 'Rd, #i', (c, f) =>
    c.add(f.d!, c.get(f.d!), constant(f.i!), c.narrowSetsFlags),
  ),
  row('v6m', '00111 ddd iiiiiiii', 'sub{S}', 'Rd, #i', (c, f) =>
    c.subtract(f.d!, c.get(f.d!), constant(f.i!), c.narrowSetsFlags),
  ),

  row('v6m', '010000 0000 mmm ddd', 'and{S}', 'Rd, Rm', bitwise(and)),
  row('v6m', '010000 0001 mmm ddd', 'eor{S}', 'Rd, Rm', bitwise(xor)),
  row('v6m', '010000 0010 mmm ddd', 'lsl{S}', 'Rd, Rm', shiftByRegister(LSL)),
  row('v6m', '010000 0011 mmm ddd', 'lsr{S}', 'Rd, Rm', shiftByRegister(LSR)),
  row('v6m', '010000 0100 mmm ddd', 'asr{S}', 'Rd, Rm', shiftByRegister(ASR)),
  row('v6m', '010000 0101 mmm ddd', 'adc{S}', 'Rd, Rm', (c, f) =>
    c.addWithCarry(f.d!, c.get(f.d!), c.get(f.m!), c.narrowSetsFlags),
  ),
  row('v6m', '010000 0110 mmm ddd', 'sbc{S}', 'Rd, Rm', (c, f) =>
    c.subtractWithCarry(f.d!, c.get(f.d!), c.get(f.m!), c.narrowSetsFlags),
  ),
  row('v6m', '010000 0111 mmm ddd', 'ror{S}', 'Rd, Rm', shiftByRegister(ROR)),
  row('v6m', '010000 1000 mmm nnn', 'tst', 'Rn, Rm', (c, f) =>
    c.logical(null, and(c.get(f.n!), c.get(f.m!)), CARRY_KEPT, true),
  ),
  row('v6m', '010000 1001 nnn ddd', 'rsb{S}', 'Rd, Rn, #0', (c, f) =>
    c.subtract(f.d!, ZERO, c.get(f.n!), c.narrowSetsFlags),
  ),
  row('v6m', '010000 1010 mmm nnn', 'cmp', 'Rn, Rm', (c, f) =>
    c.subtract(null, c.get(f.n!), c.get(f.m!), true),
  ),
  row('v6m', '010000 1011 mmm nnn', 'cmn', 'Rn, Rm', (c, f) =>
    c.add(null, c.get(f.n!), c.get(f.m!), true),
  ),
  row('v6m', '010000 1100 mmm ddd', 'orr{S}', 'Rd, Rm', bitwise(or)),
  row('v6m', '010000 1101 nnn ddd', 'mul{S}', 'Rd, Rn, Rd', (c, f) =>
    c.logical(f.d!, mul(c.get(f.d!), c.get(f.n!)), CARRY_KEPT, c.narrowSetsFlags),
  ),
  row(
    'v6m',
    '010000 1110 mmm ddd',
    'bic{S}',
    'Rd, Rm',
    bitwise((a, b) => and(a, not(b))),
  ),
  row('v6m', '010000 1111 mmm ddd', 'mvn{S}', 'Rd, Rm', (c, f) =>
    c.logical(f.d!, not(c.get(f.m!)), CARRY_KEPT, c.narrowSetsFlags),
  ),

  row(
    'v6m',
    '01000100 d mmmm ddd',
    'add',
    'Rd, Rm',
    (c, f) => setOrBranch(c, f.d!, add(c.get(f.d!), c.get(f.m!))),
    { pc: 'dm', valid: (f) => f.d !== PC || f.m !== PC },
  ),
  row('v6m', '01000101 n mmmm nnn', 'cmp', 'Rn, Rm', (c, f) =>
    c.subtract(null, c.get(f.n!), c.get(f.m!), true),
  ),
  row(
    'v6m',
    '01000110 d mmmm ddd',
    'mov',
    'Rd, Rm',
    (c, f) =>
      f.d === PC && f.m === LR
        ? c.block.indirect(branchTarget(c.get(LR)), true)
        : setOrBranch(c, f.d!, c.get(f.m!)),
    { pc: 'dm' },
  ),

  row('v6m', '10100 ddd iiiiiiii', 'adr', 'Rd, pc, #i*4', (c, f) =>
    c.set(f.d!, constant(c.alignedPc + f.i! * 4)),
  ),
  row('v6m', '10101 ddd iiiiiiii', 'add', 'Rd, sp, #i*4', (c, f) =>
    c.set(f.d!, add(c.get(SP), constant(f.i! * 4))),
  ),
  row('v6m', '101100000 iiiiiii', 'add', 'sp, sp, #i*4', (c, f) =>
    c.setAlignedSp(add(c.get(SP), constant(f.i! * 4))),
  ),
  row('v6m', '101100001 iiiiiii', 'sub', 'sp, sp, #i*4', (c, f) =>
    c.setAlignedSp(sub(c.get(SP), constant(f.i! * 4))),
  ),

  row('v6m', '10110010 00 mmm ddd', 'sxth', 'Rd, Rm', (c, f) => c.set(f.d!, extend16(c.get(f.m!)))),
  row('v6m', '10110010 01 mmm ddd', 'sxtb', 'Rd, Rm', (c, f) => c.set(f.d!, extend8(c.get(f.m!)))),
  row('v6m', '10110010 10 mmm ddd', 'uxth', 'Rd, Rm', (c, f) =>
    c.set(f.d!, and(c.get(f.m!), constant(0xffff))),
  ),
  row('v6m', '10110010 11 mmm ddd', 'uxtb', 'Rd, Rm', (c, f) =>
    c.set(f.d!, and(c.get(f.m!), constant(0xff))),
  ),
  row('v6m', '10111010 00 mmm ddd', 'rev', 'Rd, Rm', (c, f) =>
    c.set(f.d!, reverseBytes(c.get(f.m!))),
  ),
  row('v6m', '10111010 01 mmm ddd', 'rev16', 'Rd, Rm', (c, f) =>
    c.set(f.d!, reverseHalfwords(c.get(f.m!))),
  ),
  row('v6m', '10111010 11 mmm ddd', 'revsh', 'Rd, Rm', (c, f) => {
    const m = c.get(f.m!);
    c.set(f.d!, extend16(or(shl(m, constant(8)), and(shrU(m, constant(8)), constant(0xff)))));
  }),
];
