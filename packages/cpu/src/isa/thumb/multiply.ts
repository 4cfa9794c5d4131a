// @table
/** 32-bit multiplies, multiply-accumulates and divisions (Armv7-M ARM A5.3.16, A5.3.17). */
import {
  add,
  add64,
  and,
  constant,
  constant64,
  type Expression,
  eq,
  eqz,
  extend16,
  mul,
  mul64,
  neg,
  operate,
  or64,
  rotr,
  shl64,
  shrS,
  shrS64,
  shrU64,
  sub,
  sub64,
  widenS,
  widenU,
  wrap,
} from '../../ir/expression.ts';
import { absoluteDifferences } from './dsp.ts';
import type { Lifting } from './lifting.ts';
import type { Fields } from './pattern.ts';
import { CCR } from './register.ts';
import { type Lift, type Row, row } from './row.ts';
import { addNotingOverflow, addOverflowing64 } from './saturate.ts';

const DIV_0_TRP = 1 << 4;

/** The signed half of a register that a bit of the encoding chooses. */
function half(v: Expression, top: number): Expression {
  return top ? shrS(v, constant(16)) : extend16(v);
}

/** A word times a halfword, without the low 16 of its 48 bits. */
function wordByHalf(n: Expression, m: Expression): Expression {
  return wrap(shrS64(mul64(widenS(n), widenS(m)), constant64(16n)));
}

/** High:low as one i64. */
function joined(high: Expression, low: Expression): Expression {
  return or64(shl64(widenU(high), constant64(32n)), widenU(low));
}

/** Writes an i64 to the register pair of a long multiply. */
function setPair(c: Lifting, f: Fields, value: Expression): void {
  const v = c.block.let(value);
  c.set(f['l']!, wrap(v));
  c.set(f['h']!, wrap(shrU64(v, constant64(32n))));
}

/** The two products of SMLAD and its kin; X exchanges the halves of the second operand. */
function halfProducts(c: Lifting, f: Fields): [Expression, Expression] {
  const n = c.get(f['n']!);
  const m = c.get(f['m']!);
  const operand = f['x'] ? c.block.let(rotr(m, constant(16))) : m;
  return [mul(half(n, 0), half(operand, 0)), mul(half(n, 1), half(operand, 1))];
}

/** SMMUL and its kin: the upper word, rounded when the encoding says so. */
function upperWord(value: Expression, round: number): Expression {
  const rounded = round ? add64(value, constant64(0x80000000n)) : value;
  return wrap(shrS64(rounded, constant64(32n)));
}

function productOf(c: Lifting, f: Fields, widen: (e: Expression) => Expression): Expression {
  return mul64(widen(c.get(f['n']!)), widen(c.get(f['m']!)));
}

function longMultiply(widen: (e: Expression) => Expression, accumulate: boolean): Lift {
  return (c, f) => {
    const product = productOf(c, f, widen);
    setPair(c, f, accumulate ? add64(product, joined(c.get(f.h!), c.get(f.l!))) : product);
  };
}

/** Division rounds to zero; by zero it gives 0, or traps where CCR.DIV_0_TRP says so. */
function divide(operation: 'divS' | 'divU'): Lift {
  return (c, f) => {
    const { block } = c;
    const n = c.get(f.n!);
    const m = c.get(f.m!);
    const quotient = (): void => c.set(f.d!, operate(operation, n, m));
    block.if(
      eqz(m),
      () => {
        block.if(and(block.get(CCR), constant(DIV_0_TRP)), () =>
          block.trap('divide-by-zero', constant(0), false),
        );
        c.set(f.d!, constant(0));
      },
      // -2^31 / -1 overflows to -2^31, which is what negation gives for every dividend.
      () =>
        operation === 'divU'
          ? quotient()
          : block.if(eq(m, constant(-1)), () => c.set(f.d!, neg(n)), quotient),
    );
  };
}

const WORD_ROWS: readonly Row[] = [
  row('v7m', '11111011 0000 nnnn aaaa dddd 0000 mmmm', 'mla', 'Rd, Rn, Rm, Ra', (c, f) =>
    c.set(f.d!, add(mul(c.get(f.n!), c.get(f.m!)), c.get(f.a!))),
  ),
  row('v7m', '11111011 0000 nnnn 1111 dddd 0000 mmmm', 'mul', 'Rd, Rn, Rm', (c, f) =>
    c.set(f.d!, mul(c.get(f.n!), c.get(f.m!))),
  ),
  row('v7m', '11111011 0000 nnnn aaaa dddd 0001 mmmm', 'mls', 'Rd, Rn, Rm, Ra', (c, f) =>
    c.set(f.d!, sub(c.get(f.a!), mul(c.get(f.n!), c.get(f.m!)))),
  ),
  row('v7em', '11111011 0001 nnnn aaaa dddd 00xy mmmm', 'smla{xy}', 'Rd, Rn, Rm, Ra', (c, f) =>
    c.set(
      f.d!,
      addNotingOverflow(c, mul(half(c.get(f.n!), f.x!), half(c.get(f.m!), f.y!)), c.get(f.a!)),
    ),
  ),
  row('v7em', '11111011 0001 nnnn 1111 dddd 00xy mmmm', 'smul{xy}', 'Rd, Rn, Rm', (c, f) =>
    c.set(f.d!, mul(half(c.get(f.n!), f.x!), half(c.get(f.m!), f.y!))),
  ),
  row('v7em', '11111011 0010 nnnn aaaa dddd 000x mmmm', 'smlad{x}', 'Rd, Rn, Rm, Ra', (c, f) => {
    const [low, high] = halfProducts(c, f);
    c.set(f.d!, addOverflowing64(c, [widenS(low), widenS(high), widenS(c.get(f.a!))]));
  }),
  row('v7em', '11111011 0010 nnnn 1111 dddd 000x mmmm', 'smuad{x}', 'Rd, Rn, Rm', (c, f) => {
    const [low, high] = halfProducts(c, f);
    c.set(f.d!, addNotingOverflow(c, low, high));
  }),
  row('v7em', '11111011 0011 nnnn aaaa dddd 000y mmmm', 'smlaw{y}', 'Rd, Rn, Rm, Ra', (c, f) =>
    c.set(
      f.d!,
      addNotingOverflow(c, wordByHalf(c.get(f.n!), half(c.get(f.m!), f.y!)), c.get(f.a!)),
    ),
  ),
  row('v7em', '11111011 0011 nnnn 1111 dddd 000y mmmm', 'smulw{y}', 'Rd, Rn, Rm', (c, f) =>
    c.set(f.d!, wordByHalf(c.get(f.n!), half(c.get(f.m!), f.y!))),
  ),
  row('v7em', '11111011 0100 nnnn aaaa dddd 000x mmmm', 'smlsd{x}', 'Rd, Rn, Rm, Ra', (c, f) => {
    const [low, high] = halfProducts(c, f);
    c.set(f.d!, addNotingOverflow(c, sub(low, high), c.get(f.a!)));
  }),
  row('v7em', '11111011 0100 nnnn 1111 dddd 000x mmmm', 'smusd{x}', 'Rd, Rn, Rm', (c, f) => {
    const [low, high] = halfProducts(c, f);
    c.set(f.d!, sub(low, high));
  }),
  row('v7em', '11111011 0101 nnnn aaaa dddd 000r mmmm', 'smmla{r}', 'Rd, Rn, Rm, Ra', (c, f) =>
    c.set(f.d!, upperWord(add64(joined(c.get(f.a!), constant(0)), productOf(c, f, widenS)), f.r!)),
  ),
  row('v7em', '11111011 0101 nnnn 1111 dddd 000r mmmm', 'smmul{r}', 'Rd, Rn, Rm', (c, f) =>
    c.set(f.d!, upperWord(productOf(c, f, widenS), f.r!)),
  ),
  row('v7em', '11111011 0110 nnnn aaaa dddd 000r mmmm', 'smmls{r}', 'Rd, Rn, Rm, Ra', (c, f) =>
    c.set(f.d!, upperWord(sub64(joined(c.get(f.a!), constant(0)), productOf(c, f, widenS)), f.r!)),
  ),
  row('v7em', '11111011 0111 nnnn aaaa dddd 0000 mmmm', 'usada8', 'Rd, Rn, Rm, Ra', (c, f) =>
    c.set(f.d!, add(absoluteDifferences(c, c.get(f.n!), c.get(f.m!)), c.get(f.a!))),
  ),
  row('v7em', '11111011 0111 nnnn 1111 dddd 0000 mmmm', 'usad8', 'Rd, Rn, Rm', (c, f) =>
    c.set(f.d!, absoluteDifferences(c, c.get(f.n!), c.get(f.m!))),
  ),
];

const LONG_ROWS: readonly Row[] = [
  row(
    'v7m',
    '11111011 1000 nnnn llll hhhh 0000 mmmm',
    'smull',
    'Rl, Rh, Rn, Rm',
    longMultiply(widenS, false),
  ),
  row('v7m', '11111011 1001 nnnn 1111 dddd 1111 mmmm', 'sdiv', 'Rd, Rn, Rm', divide('divS')),
  row(
    'v7m',
    '11111011 1010 nnnn llll hhhh 0000 mmmm',
    'umull',
    'Rl, Rh, Rn, Rm',
    longMultiply(widenU, false),
  ),
  row('v7m', '11111011 1011 nnnn 1111 dddd 1111 mmmm', 'udiv', 'Rd, Rn, Rm', divide('divU')),
  row(
    'v7m',
    '11111011 1100 nnnn llll hhhh 0000 mmmm',
    'smlal',
    'Rl, Rh, Rn, Rm',
    longMultiply(widenS, true),
  ),
  row('v7em', '11111011 1100 nnnn llll hhhh 10xy mmmm', 'smlal{xy}', 'Rl, Rh, Rn, Rm', (c, f) => {
    const product = mul(half(c.get(f.n!), f.x!), half(c.get(f.m!), f.y!));
    setPair(c, f, add64(widenS(product), joined(c.get(f.h!), c.get(f.l!))));
  }),
  row('v7em', '11111011 1100 nnnn llll hhhh 110x mmmm', 'smlald{x}', 'Rl, Rh, Rn, Rm', (c, f) => {
    const [low, high] = halfProducts(c, f);
    setPair(c, f, add64(add64(widenS(low), widenS(high)), joined(c.get(f.h!), c.get(f.l!))));
  }),
  row('v7em', '11111011 1101 nnnn llll hhhh 110x mmmm', 'smlsld{x}', 'Rl, Rh, Rn, Rm', (c, f) => {
    const [low, high] = halfProducts(c, f);
    setPair(c, f, add64(sub64(widenS(low), widenS(high)), joined(c.get(f.h!), c.get(f.l!))));
  }),
  row(
    'v7m',
    '11111011 1110 nnnn llll hhhh 0000 mmmm',
    'umlal',
    'Rl, Rh, Rn, Rm',
    longMultiply(widenU, true),
  ),
  row('v7em', '11111011 1110 nnnn llll hhhh 0110 mmmm', 'umaal', 'Rl, Rh, Rn, Rm', (c, f) =>
    setPair(c, f, add64(add64(productOf(c, f, widenU), widenU(c.get(f.h!))), widenU(c.get(f.l!)))),
  ),
];

export const MULTIPLY: readonly Row[] = [...WORD_ROWS, ...LONG_ROWS];
