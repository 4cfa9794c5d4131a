// @table
/**
 * 32-bit data processing with a shifted register, a modified immediate or a plain immediate
 * (Armv7-M ARM A5.3.1, A5.3.3, A5.3.11).
 */
import {
  add,
  and,
  constant,
  type Expression,
  not,
  or,
  rotr,
  shl,
  shrS,
  shrU,
  sub,
  xor,
} from '../../ir/expression.ts';
import { CARRY_KEPT, type Lifting } from './lifting.ts';
import type { Fields } from './pattern.ts';
import { type Lift, type Row, type RowOptions, row } from './row.ts';
import { saturateSigned, saturateUnsigned } from './saturate.ts';
import { ASR, LSL, type Shifted, shiftedValue, shiftImmediate } from './shift.ts';

/** Combines the first operand with the second; `d` is null for the comparing forms. */
type Combine = (c: Lifting, d: number | null, n: Expression, operand: Shifted, s: boolean) => void;

type Binary = (a: Expression, b: Expression) => Expression;

function bitwise(operation: Binary): Combine {
  return (c, d, n, { value, carry }, s) => c.logical(d, operation(n, value), carry, s);
}

/** MOV and MVN, which have no first operand. */
function unary(operation: (v: Expression) => Expression): Combine {
  return (c, d, _n, { value, carry }, s) => c.logical(d, operation(value), carry, s);
}

/** An operand used more than once is named, unless it is cheap to read again. */
function named(c: Lifting, e: Expression, s: boolean): Expression {
  return s && e.kind === 'operation' ? c.block.let(e) : e;
}

const addition: Combine = (c, d, n, { value }, s) => c.add(d, n, named(c, value, s), s);
const subtraction: Combine = (c, d, n, { value }, s) => c.subtract(d, n, value, s);
const reverse: Combine = (c, d, n, { value }, s) => c.subtract(d, value, n, s);
const withCarry: Combine = (c, d, n, { value }, s) => c.addWithCarry(d, n, named(c, value, s), s);
const withBorrow: Combine = (c, d, n, { value }, s) => c.subtractWithCarry(d, n, value, s);

/** A modified immediate (A5.3.2); only a rotated one changes the carry. */
function modifiedImmediate(bits: number): Shifted {
  const byte = bits & 0xff;
  const rotation = bits >> 7;
  if (rotation >= 8) {
    const value = rotr(constant(byte | 0x80), constant(rotation)) as Extract<
      Expression,
      { kind: 'constant' }
    >;
    return { value, carry: constant((value.value as number) < 0 ? 1 : 0) };
  }
  const spread = [byte, byte * 0x00010001, byte * 0x01000100, byte * 0x01010101];
  return { value: constant(spread[bits >> 8]!), carry: CARRY_KEPT };
}

function shiftedRegister(combine: Combine, compares: boolean): Lift {
  return (c, f) =>
    combine(
      c,
      compares ? null : f.d!,
      c.get(f.n ?? 0),
      shiftImmediate(c, f.k!, f.i!, c.get(f.m!)),
      compares || f.s === 1,
    );
}

function withImmediate(combine: Combine, compares: boolean): Lift {
  return (c, f) =>
    combine(
      c,
      compares ? null : f.d!,
      c.get(f.n ?? 0),
      modifiedImmediate(f.i!),
      compares || f.s === 1,
    );
}

/** Both encodings of `Rd = Rn op operand`. */
function dataRows(code: string, name: string, combine: Combine): Row[] {
  return [
    row(
      'v7m',
      `1110101 ${code} s nnnn 0 iii dddd iikk mmmm`,
      `${name}{s}`,
      'Rd, Rn, Rm{shift}',
      shiftedRegister(combine, false),
    ),
    row(
      'v7m',
      `11110 i 0 ${code} s nnnn 0 iii dddd iiiiiiii`,
      `${name}{s}`,
      'Rd, Rn, #expand',
      withImmediate(combine, false),
    ),
  ];
}

/** Both encodings of a comparing form: the destination is 15 and flags are set. */
function compareRows(code: string, name: string, combine: Combine): Row[] {
  return [
    row(
      'v7m',
      `1110101 ${code} 1 nnnn 0 iii 1111 iikk mmmm`,
      name,
      'Rn, Rm{shift}',
      shiftedRegister(combine, true),
    ),
    row(
      'v7m',
      `11110 i 0 ${code} 1 nnnn 0 iii 1111 iiiiiiii`,
      name,
      'Rn, #expand',
      withImmediate(combine, true),
    ),
  ];
}

/** Both encodings of a form without a first operand: that one is 15. */
function moveRows(code: string, name: string, combine: Combine): Row[] {
  return [
    row(
      'v7m',
      `1110101 ${code} s 1111 0 iii dddd iikk mmmm`,
      `${name}{s}`,
      'Rd, Rm{shift}',
      shiftedRegister(combine, false),
    ),
    row(
      'v7m',
      `11110 i 0 ${code} s 1111 0 iii dddd iiiiiiii`,
      `${name}{s}`,
      'Rd, #expand',
      withImmediate(combine, false),
    ),
  ];
}

const CODED: readonly Row[] = [
  ...dataRows('0000', 'and', bitwise(and)),
  ...compareRows('0000', 'tst', bitwise(and)),
  ...dataRows(
    '0001',
    'bic',
    bitwise((a, b) => and(a, not(b))),
  ),
  ...dataRows('0010', 'orr', bitwise(or)),
  ...moveRows(
    '0010',
    'mov',
    unary((v) => v),
  ),
  ...dataRows(
    '0011',
    'orn',
    bitwise((a, b) => or(a, not(b))),
  ),
  ...moveRows('0011', 'mvn', unary(not)),
  ...dataRows('0100', 'eor', bitwise(xor)),
  ...compareRows('0100', 'teq', bitwise(xor)),
  ...dataRows('1000', 'add', addition),
  ...compareRows('1000', 'cmn', addition),
  ...dataRows('1010', 'adc', withCarry),
  ...dataRows('1011', 'sbc', withBorrow),
  ...dataRows('1101', 'sub', subtraction),
  ...compareRows('1101', 'cmp', subtraction),
  ...dataRows('1110', 'rsb', reverse),
];

/** The two halves of MOVW's immediate: imm4:i and imm3:imm8. */
function wideImmediate(f: Fields): number {
  return (f['x']! << 12) | (f['j']! << 11) | f['i']!;
}

function bitMask(width: number): number {
  return width === 32 ? -1 : (1 << width) - 1;
}

const fieldFits: RowOptions = { valid: (f) => f['i']! + f['w']! < 32 };
const fieldInOrder: RowOptions = { valid: (f) => f['w']! >= f['i']! };

/** BFI and BFC: bits lsb…msb of `d` become the low bits of `value`. */
function insertField(c: Lifting, d: number, value: Expression, lsb: number, msb: number): void {
  const mask = bitMask(msb - lsb + 1) << lsb;
  c.set(d, or(and(c.get(d), constant(~mask)), and(shl(value, constant(lsb)), constant(mask))));
}

function extractField(c: Lifting, f: Fields, shift: Binary): Expression {
  const width = f['w']! + 1;
  return shift(shl(c.get(f['n']!), constant(32 - width - f['i']!)), constant(32 - width));
}

const PLAIN: readonly Row[] = [
  row('v7m', '11110 i 1 00000 nnnn 0 iii dddd iiiiiiii', 'addw', 'Rd, Rn, #i', (c, f) =>
    c.set(f.d!, add(c.get(f.n!), constant(f.i!))),
  ),
  row('v7m', '11110 i 1 00000 1111 0 iii dddd iiiiiiii', 'adr', 'Rd, pc, #i', (c, f) =>
    c.set(f.d!, constant(c.alignedPc + f.i!)),
  ),
  row('v7m', '11110 i 1 01010 nnnn 0 iii dddd iiiiiiii', 'subw', 'Rd, Rn, #i', (c, f) =>
    c.set(f.d!, sub(c.get(f.n!), constant(f.i!))),
  ),
  row('v7m', '11110 i 1 01010 1111 0 iii dddd iiiiiiii', 'adr', 'Rd, pc, #-i', (c, f) =>
    c.set(f.d!, constant(c.alignedPc - f.i!)),
  ),
  row('v7m', '11110 j 1 00100 xxxx 0 iii dddd iiiiiiii', 'movw', 'Rd, #imm16', (c, f) =>
    c.set(f.d!, constant(wideImmediate(f))),
  ),
  row('v7m', '11110 j 1 01100 xxxx 0 iii dddd iiiiiiii', 'movt', 'Rd, #imm16', (c, f) =>
    c.set(f.d!, or(and(c.get(f.d!), constant(0xffff)), constant(wideImmediate(f) << 16))),
  ),
  row(
    'v7m',
    '11110 0 1 100 0 0 nnnn 0 iii dddd ii 0 bbbbb',
    'ssat',
    'Rd, #b+1, Rn, lsl #i',
    (c, f) => saturateSigned(c, f.d!, shiftedValue(c, LSL, f.i!, c.get(f.n!)), f.b! + 1),
  ),
  row(
    'v7m',
    '11110 0 1 100 1 0 nnnn 0 iii dddd ii 0 bbbbb',
    'ssat',
    'Rd, #b+1, Rn, asr #i',
    (c, f) => saturateSigned(c, f.d!, shiftedValue(c, ASR, f.i!, c.get(f.n!)), f.b! + 1),
    { valid: (f) => f['i'] !== 0 },
  ),
  row('v7m', '11110 0 1 110 0 0 nnnn 0 iii dddd ii 0 bbbbb', 'usat', 'Rd, #b, Rn, lsl #i', (c, f) =>
    saturateUnsigned(c, f.d!, shiftedValue(c, LSL, f.i!, c.get(f.n!)), f.b!),
  ),
  row(
    'v7m',
    '11110 0 1 110 1 0 nnnn 0 iii dddd ii 0 bbbbb',
    'usat',
    'Rd, #b, Rn, asr #i',
    (c, f) => saturateUnsigned(c, f.d!, shiftedValue(c, ASR, f.i!, c.get(f.n!)), f.b!),
    { valid: (f) => f['i'] !== 0 },
  ),
  row(
    'v7m',
    '11110 0 1 10100 nnnn 0 iii dddd ii 0 wwwww',
    'sbfx',
    'Rd, Rn, #i, #w+1',
    (c, f) => c.set(f.d!, extractField(c, f, shrS)),
    fieldFits,
  ),
  row(
    'v7m',
    '11110 0 1 11100 nnnn 0 iii dddd ii 0 wwwww',
    'ubfx',
    'Rd, Rn, #i, #w+1',
    (c, f) =>
      c.set(
        f.d!,
        f.i === 0
          ? and(c.get(f.n!), constant(bitMask(f.w! + 1)))
          : and(shrU(c.get(f.n!), constant(f.i!)), constant(bitMask(f.w! + 1))),
      ),
    fieldFits,
  ),
  row(
    'v7m',
    '11110 0 1 10110 nnnn 0 iii dddd ii 0 wwwww',
    'bfi',
    'Rd, Rn, #i, msb #w',
    (c, f) => insertField(c, f.d!, c.get(f.n!), f.i!, f.w!),
    fieldInOrder,
  ),
  row(
    'v7m',
    '11110 0 1 10110 1111 0 iii dddd ii 0 wwwww',
    'bfc',
    'Rd, #i, msb #w',
    (c, f) => insertField(c, f.d!, constant(0), f.i!, f.w!),
    fieldInOrder,
  ),
];

export const WIDE_DATA: readonly Row[] = [...CODED, ...PLAIN];
