// @table
/**
 * The DSP extension but for its multiplies (Armv7-M ARM A5.3.13, A5.3.14): parallel additions and
 * subtractions, saturating ones, packing and selecting. Only v7E-M cores have them.
 */
import {
  add,
  and,
  constant,
  type Expression,
  geS,
  gtU,
  mul,
  not,
  or,
  select,
  shl,
  shrS,
  sub,
} from '../../ir/expression.ts';
import { type LaneWidth, lane, packLanes } from './lane.ts';
import type { Lifting } from './lifting.ts';
import { GE } from './register.ts';
import { type Lift, type Row, row } from './row.ts';
import { addSaturating, clamp, saturateHalfwords, subtractSaturating } from './saturate.ts';
import { ASR, shiftedValue } from './shift.ts';

/** What a parallel operation does with the exact result of a lane. */
interface Finish {
  readonly prefix: string;
  readonly code: string;
  readonly signed: boolean;
  readonly result: (c: Lifting, exact: Expression, width: LaneWidth) => Expression;
  /** The lane's GE bits, or null when GE stays; `adds` tells sums from differences. */
  readonly ge: ((exact: Expression, width: LaneWidth, adds: boolean) => Expression) | null;
}

const whole: Finish['result'] = (_c, exact) => exact;
const halved: Finish['result'] = (_c, exact) => shrS(exact, constant(1));

const FINISHES: readonly Finish[] = [
  { prefix: 's', code: '000', signed: true, result: whole, ge: (exact) => geS(exact, constant(0)) },
  {
    prefix: 'q',
    code: '001',
    signed: true,
    ge: null,
    result: (c, exact, width) => clamp(c, exact, -(1 << (width - 1)), (1 << (width - 1)) - 1),
  },
  { prefix: 'sh', code: '010', signed: true, result: halved, ge: null },
  {
    prefix: 'u',
    code: '100',
    signed: false,
    result: whole,
    ge: (exact, width, adds) =>
      adds ? gtU(exact, constant((1 << width) - 1)) : geS(exact, constant(0)),
  },
  {
    prefix: 'uq',
    code: '101',
    signed: false,
    ge: null,
    result: (c, exact, width) => clamp(c, exact, 0, (1 << width) - 1),
  },
  { prefix: 'uh', code: '110', signed: false, result: halved, ge: null },
];

/** How lanes pair up: lane `i` is `n[i] ± m[partner[i]]`. */
interface Shape {
  readonly name: string;
  readonly code: string;
  readonly width: LaneWidth;
  readonly partner: readonly number[];
  readonly adds: readonly boolean[];
}

const SHAPES: readonly Shape[] = [
  { name: 'add16', code: '001', width: 16, partner: [0, 1], adds: [true, true] },
  { name: 'asx', code: '010', width: 16, partner: [1, 0], adds: [false, true] },
  { name: 'sax', code: '110', width: 16, partner: [1, 0], adds: [true, false] },
  { name: 'sub16', code: '101', width: 16, partner: [0, 1], adds: [false, false] },
  { name: 'add8', code: '000', width: 8, partner: [0, 1, 2, 3], adds: [true, true, true, true] },
  {
    name: 'sub8',
    code: '100',
    width: 8,
    partner: [0, 1, 2, 3],
    adds: [false, false, false, false],
  },
];

function parallel({ width, partner, adds }: Shape, { signed, result, ge }: Finish): Lift {
  return (c, f) => {
    const n = c.get(f.n!);
    const m = c.get(f.m!);
    const exact = partner.map((other, index) => {
      const a = lane(n, width, index, signed);
      const b = lane(m, width, other, signed);
      return c.block.let(adds[index] ? add(a, b) : sub(a, b));
    });
    if (ge !== null) {
      const ones = width === 16 ? 3 : 1;
      const bits = exact.map((e, index) =>
        mul(ge(e, width, adds[index]!), constant(ones << (index * (width >> 3)))),
      );
      c.block.set(GE, bits.reduce(or));
    }
    c.set(
      f.d!,
      packLanes(
        exact.map((e) => result(c, e, width)),
        width,
      ),
    );
  };
}

const PARALLEL: readonly Row[] = SHAPES.flatMap((shape) =>
  FINISHES.map((finish) =>
    row(
      'v7em',
      `11111010 1${shape.code} nnnn 1111 dddd 0${finish.code} mmmm`,
      `${finish.prefix}${shape.name}`,
      'Rd, Rn, Rm',
      parallel(shape, finish),
    ),
  ),
);

/** SEL: byte by byte, GE chooses between the operands. */
function selectBytes(c: Lifting, n: Expression, m: Expression): Expression {
  // The first product copies bit i of GE to bit 8i (i + 7i), the second spreads it over the byte.
  const spread = and(mul(c.block.get(GE), constant(0x00204081)), constant(0x01010101));
  const mask = c.block.let(mul(spread, constant(0xff)));
  return or(and(n, mask), and(m, not(mask)));
}

/** The sum of the absolute differences of the bytes. */
export function absoluteDifferences(c: Lifting, n: Expression, m: Expression): Expression {
  return [0, 1, 2, 3]
    .map((index) => {
      const d = c.block.let(sub(lane(n, 8, index, false), lane(m, 8, index, false)));
      return select(geS(d, constant(0)), d, sub(constant(0), d));
    })
    .reduce(add);
}

const packHalves = (lower: Expression, upper: Expression): Expression =>
  packLanes([lower, upper], 16);

const UPPER = constant(0xffff0000);
const LOWER = constant(0xffff);

function saturate16(low: (bits: number) => number, high: (bits: number) => number): Lift {
  return (c, f) => {
    const n = c.get(f.n!);
    const halves = [lane(n, 16, 0, true), lane(n, 16, 1, true)] as const;
    saturateHalfwords(c, f.d!, halves, low(f.b!), high(f.b!), packHalves);
  };
}

export const DSP: readonly Row[] = [
  ...PARALLEL,
  row('v7em', '11111010 1000 nnnn 1111 dddd 1000 mmmm', 'qadd', 'Rd, Rm, Rn', (c, f) =>
    c.set(f.d!, addSaturating(c, c.get(f.m!), c.get(f.n!))),
  ),
  row('v7em', '11111010 1000 nnnn 1111 dddd 1001 mmmm', 'qdadd', 'Rd, Rm, Rn', (c, f) =>
    c.set(f.d!, addSaturating(c, c.get(f.m!), addSaturating(c, c.get(f.n!), c.get(f.n!)))),
  ),
  row('v7em', '11111010 1000 nnnn 1111 dddd 1010 mmmm', 'qsub', 'Rd, Rm, Rn', (c, f) =>
    c.set(f.d!, subtractSaturating(c, c.get(f.m!), c.get(f.n!))),
  ),
  row('v7em', '11111010 1000 nnnn 1111 dddd 1011 mmmm', 'qdsub', 'Rd, Rm, Rn', (c, f) =>
    c.set(f.d!, subtractSaturating(c, c.get(f.m!), addSaturating(c, c.get(f.n!), c.get(f.n!)))),
  ),
  row('v7em', '11111010 1010 nnnn 1111 dddd 1000 mmmm', 'sel', 'Rd, Rn, Rm', (c, f) =>
    c.set(f.d!, selectBytes(c, c.get(f.n!), c.get(f.m!))),
  ),
  row('v7em', '1110101 01100 nnnn 0 iii dddd ii 00 mmmm', 'pkhbt', 'Rd, Rn, Rm, lsl #i', (c, f) =>
    c.set(f.d!, or(and(c.get(f.n!), LOWER), and(shl(c.get(f.m!), constant(f.i!)), UPPER))),
  ),
  row('v7em', '1110101 01100 nnnn 0 iii dddd ii 10 mmmm', 'pkhtb', 'Rd, Rn, Rm, asr #i^', (c, f) =>
    c.set(f.d!, or(and(c.get(f.n!), UPPER), and(shiftedValue(c, ASR, f.i!, c.get(f.m!)), LOWER))),
  ),
  row(
    'v7em',
    '11110 0 1 10010 nnnn 0 000 dddd 00 0 0 bbbb',
    'ssat16',
    'Rd, #b+1, Rn',
    saturate16(
      (bits) => -(1 << bits),
      (bits) => (1 << bits) - 1,
    ),
  ),
  row(
    'v7em',
    '11110 0 1 11010 nnnn 0 000 dddd 00 0 0 bbbb',
    'usat16',
    'Rd, #b, Rn',
    saturate16(
      () => 0,
      (bits) => (1 << bits) - 1,
    ),
  ),
];
