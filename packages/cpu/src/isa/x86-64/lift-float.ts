/**
 * Arithmetic and comparisons of SSE (SDM volume 1, chapters 10 and 11).
 *
 * What WebAssembly computes is what SSE computes while MXCSR rounds to nearest and masks every
 * exception, as long as no denormal is about, of which MXCSR may make zeros. What WebAssembly does
 * not tell is which exceptions there were. They are exact all the same: the fast way is taken only
 * when none can be missing from MXCSR. Operands and result show that nothing but "inexact" can have
 * been raised, and that one is already set, as it is after the first rounded result of a program,
 * or the error of the operation is worked out to be zero. NaNs, denormals, overflow and underflow,
 * other roundings and unmasked exceptions go through the routine of float-routine.ts.
 */
import {
  add,
  and,
  constant,
  constant64,
  type Expression,
  ne,
  operate,
  or,
  select,
  shuffle,
  widenU,
  wrap,
} from '../../ir/expression.ts';
import { CF, ZF } from './flags.ts';
import { LANES_OF, type Lanes } from './float-lane.ts';
import { floatRequest } from './float-routine.ts';
import type { Lift, LiftTable } from './lift-table.ts';
import { fromLow, register, vector } from './lift-vector.ts';
import type { Lifting } from './lifting.ts';
import { ROUTINE } from './routine.ts';
import { FLAG_OPERAND, MXCSR } from './state.ts';

/** MXCSR's flag of the inexact result. */
const INEXACT = 0x20;
/** The other flags, denormals as zeros, flush to zero: what the fast way does not depend on. */
const ANY = 0x805f;
/** All masked, round to nearest. */
const PLAIN = 0x1f80;

const BYTES: readonly number[] = Array.from({ length: 16 }, (_, n) => n);

/** Whether MXCSR asks for anything but {@link PLAIN}, or has no inexact result yet. */
export function needsCare(c: Lifting): Expression {
  return ne(or(c.get(MXCSR), constant(ANY)), constant(PLAIN | INEXACT | ANY));
}

/** Whether MXCSR asks for anything but {@link PLAIN}. */
export function isNotPlain(c: Lifting): Expression {
  return ne(or(c.get(MXCSR), constant(ANY | INEXACT)), constant(PLAIN | ANY | INEXACT));
}

/** A source operand: its bits as a register and its number or numbers. */
export interface Source {
  /** 16 bytes; zeros above what was read. */
  readonly vector: Expression;
  readonly value: Expression;
}

/** Reads the second operand. */
export function source(c: Lifting, lanes: Lanes): Source {
  const { block } = c;
  const { kind, size } = c.operand(1);
  if (kind === 'memory' && !lanes.isPacked) {
    const loaded = block.load(c.address(), size as 4 | 8, false, 'any');
    const value = operate(size === 8 ? 'bitsF64' : 'bitsF32', loaded);
    return { vector: fromLow(size === 8 ? loaded : widenU(loaded)), value: block.let(value) };
  }
  const whole = block.let(vector(c, 1));
  return { vector: whole, value: lanes.isPacked ? whole : block.let(lanes.of(whole)) };
}

/** What the routine gives: 16 bytes, or a word of 32 or 64 bits. */
type ResultType = 'v128' | 'i64' | 'i32';

/** Executes the instruction in the routine; returns its result when nothing traps. */
export function inRoutine(c: Lifting, from: Expression, type: ResultType = 'v128'): Expression {
  const { block } = c;
  const { operands, operandCount, row } = c.instruction;
  const named = operands.slice(0, operandCount);
  const general = named.find(({ kind, file }) => kind !== 'immediate' && file === 'general');
  const immediate = named.find(({ kind }) => kind === 'immediate')?.low ?? 0;
  const request = constant(floatRequest(row!.mnemonic, immediate, general?.size ?? 0));
  const isVector = named[0]!.file === 'xmm';
  const to = isVector ? c.get(register(c, 0)) : from;
  const [trapped, mxcsr, result] = block.routine(
    ROUTINE.float,
    [request, c.get(MXCSR), to, from],
    ['i32', 'i32', type],
  );
  block.set(MXCSR, mxcsr!);
  block.if(trapped!, () => block.trap('simd-exception', constant(0), false));
  return result!;
}

/** Sets the destination register in the routine. */
function setInRoutine(c: Lifting, from: Expression): void {
  c.block.set(register(c, 0), inRoutine(c, from));
}

/** Operands of an operation and the plain result of it. */
interface Computed {
  readonly a: Expression;
  readonly b: Expression;
  readonly result: Expression;
  /** A temporary: lanes of which an operand is denormal. */
  readonly isDenormal: Expression;
}

/**
 * Lanes of a result that may be inexact, or have raised something else; where it names none, it is
 * certain that nothing was raised.
 */
type Doubt = (lanes: Lanes, computed: Computed) => Expression;

/** Lanes that may have raised more than "inexact", whatever was computed. */
const isUnsafe: Doubt = (lanes, { isDenormal, result }) =>
  lanes.or(isDenormal, lanes.isNotNormal(result));

/** The rounding error of a sum, after Knuth: exact as long as nothing overflows. */
function sumError(lanes: Lanes, { a, b, result }: Computed, isSubtraction: boolean): Expression {
  const sub = (x: Expression, y: Expression): Expression => lanes.operation('sub', x, y);
  const plus = (x: Expression, y: Expression): Expression => lanes.operation('add', x, y);
  const share = sub(result, a);
  const ofA = sub(a, sub(result, share));
  return isSubtraction ? sub(ofA, plus(b, share)) : plus(ofA, sub(b, share));
}

const sum =
  (isSubtraction: boolean): Doubt =>
  (lanes, computed) => {
    const { result } = computed;
    const isOdd = lanes.or(lanes.isDenormal(result), lanes.isNotFinite(result));
    const isInexact = lanes.not(lanes.isZero(sumError(lanes, computed, isSubtraction)));
    return lanes.or(lanes.or(computed.isDenormal, isOdd), isInexact);
  };

/** Bits below a double's lowest one that is set: 52 at most. */
function trailingZeros(x: Expression): Expression {
  const significand = operate('or64', operate('f64Bits', x), constant64(1n << 52n));
  return wrap(operate('ctz64', significand));
}

/** Whether x × y is not exactly a double: their significands have more than 53 bits together. */
function isLongProduct(x: Expression, y: Expression): Expression {
  return operate('ltU', add(trailingZeros(x), trailingZeros(y)), constant(53));
}

const promoted = (x: Expression): Expression => operate('promote', x);

/** Whether x × y is not exactly z; of doubles it may say so of one with 54 bits, too. */
function isNotProduct(lanes: Lanes, x: Expression, y: Expression, z: Expression): Expression {
  if (lanes.size === 4) {
    return operate('neF64', operate('mulF64', promoted(x), promoted(y)), promoted(z));
  }
  return or(isLongProduct(x, y), operate('neF64', operate('mulF64', x, y), z));
}

/** Products and quotients: zeros of zeros are exact, and other results too small are not. */
const scaling =
  (isOfZero: Doubt, isInexact: Doubt): Doubt =>
  (lanes, computed) => {
    const { result } = computed;
    const isZero = lanes.and(lanes.isZero(result), isOfZero(lanes, computed));
    const isGood = lanes.isPacked
      ? isZero
      : lanes.or(
          isZero,
          lanes.not(lanes.or(lanes.isNotNormal(result), isInexact(lanes, computed))),
        );
    return lanes.or(computed.isDenormal, lanes.not(isGood));
  };

const DOUBTS: Readonly<Record<string, Doubt>> = {
  add: sum(false),
  sub: sum(true),
  mul: scaling(
    (lanes, { a, b }) => lanes.or(lanes.isZero(a), lanes.isZero(b)),
    (lanes, { a, b, result }) => isNotProduct(lanes, a, b, result),
  ),
  div: scaling(
    (lanes, { a }) => lanes.isZero(a),
    (lanes, { a, b, result }) => isNotProduct(lanes, result, b, a),
  ),
};

/** Computes `name(a, b)` and sets the destination by the fast way, else by the routine. */
function arithmetic(c: Lifting, lanes: Lanes, name: string, a: Expression, from: Source): void {
  const { block } = c;
  const b = from.value;
  const to = register(c, 0);
  const result = block.let(lanes.operation(name, a, b));
  const isDenormal = block.let(lanes.or(lanes.isDenormal(a), lanes.isDenormal(b)));
  const computed = { a, b, result, isDenormal };
  const set = (): void => block.set(to, lanes.into(c.get(to), result));
  block.if(
    or(lanes.any(isUnsafe(lanes, computed)), needsCare(c)),
    () => {
      const isDoubtful = or(lanes.any(DOUBTS[name]!(lanes, computed)), isNotPlain(c));
      block.if(isDoubtful, () => setInRoutine(c, from.vector), set);
    },
    set,
  );
}

const binary =
  (name: string, lanes: Lanes): Lift =>
  (c) => {
    const from = source(c, lanes);
    const a = c.block.let(lanes.of(c.get(register(c, 0))));
    arithmetic(c, lanes, name, a, from);
  };

/** SQRTSS and its kin: an exact root has half the bits. */
const squareRoot =
  (lanes: Lanes): Lift =>
  (c) => {
    const { block } = c;
    const from = source(c, lanes);
    const a = from.value;
    const to = register(c, 0);
    const result = block.let(lanes.operation('sqrt', a));
    const set = (): void => block.set(to, lanes.into(c.get(to), result));
    const mask = lanes.or(lanes.isDenormal(a), lanes.isNotFinite(result));
    const isUnsafe = block.let(lanes.any(mask));
    block.if(
      or(isUnsafe, needsCare(c)),
      () => {
        const inexact = lanes.isPacked ? constant(1) : isNotProduct(lanes, result, result, a);
        const isDoubtful = or(or(isUnsafe, inexact), isNotPlain(c));
        block.if(isDoubtful, () => setInRoutine(c, from.vector), set);
      },
      set,
    );
  };

/** Lanes `n` of 0 … 2 lanes - 1 of two registers, as bytes of a shuffle. */
function lanesAsBytes(order: readonly number[], size: number): number[] {
  return order.flatMap((lane) => BYTES.slice(0, size).map((byte) => lane * size + byte));
}

/** HADDPS and its kin: even and odd lanes of both, side by side. */
const horizontal =
  (name: string, lanes: Lanes): Lift =>
  (c) => {
    const { block } = c;
    const from = source(c, lanes);
    const count = 16 / lanes.size;
    const even = Array.from({ length: count }, (_, n) => 2 * n);
    const pick = (order: number[]): Expression =>
      block.let(shuffle(lanesAsBytes(order, lanes.size), c.get(register(c, 0)), from.vector));
    const odd = pick(even.map((n) => n + 1));
    arithmetic(c, lanes, name, pick(even), { vector: from.vector, value: odd });
  };

/** ADDSUBPS: subtracts in even lanes, which is to add the negative. */
const alternating =
  (lanes: Lanes): Lift =>
  (c) => {
    const from = source(c, lanes);
    const signs = lanes.size === 8 ? 1n << 63n : (1n << 95n) | (1n << 31n);
    const mask = { kind: 'constant', type: 'v128', value: signs } as const;
    const value = c.block.let(operate('v128.xor', from.vector, mask));
    const a = c.block.let(c.get(register(c, 0)));
    arithmetic(c, lanes, 'add', a, { vector: from.vector, value });
  };

/** Whether a comparison raises anything: denormals always do, NaNs may. */
function isUnordered(lanes: Lanes, a: Expression, b: Expression): Expression {
  const nans = lanes.or(lanes.isNan(a), lanes.isNan(b));
  return lanes.any(lanes.or(lanes.or(lanes.isDenormal(a), lanes.isDenormal(b)), nans));
}

/** Sets the destination to what only compares: exact unless {@link isUnordered}. */
const comparing =
  (lanes: Lanes, combine: (c: Lifting, a: Expression, b: Expression) => Expression): Lift =>
  (c) => {
    const { block } = c;
    const from = source(c, lanes);
    const to = register(c, 0);
    const a = block.let(lanes.of(c.get(to)));
    block.if(
      isUnordered(lanes, a, from.value),
      () => setInRoutine(c, from.vector),
      () => block.set(to, combine(c, a, from.value)),
    );
  };

/** MINPS and MAXPS: the second operand when both are zeros. */
const extreme = (lanes: Lanes, isLess: boolean): Lift =>
  comparing(lanes, (c, a, b) => {
    if (lanes.isPacked) return lanes.operation(isLess ? 'pmin' : 'pmax', b, a);
    const isFirst = isLess ? lanes.operation('lt', a, b) : lanes.operation('lt', b, a);
    return lanes.into(c.get(register(c, 0)), select(isFirst, a, b));
  });

const ONES = { kind: 'constant', type: 'v128', value: (1n << 128n) - 1n } as const;

/** CMPPS by its predicate: equal, less, less or equal, unordered, and their opposites. */
const predicate = (lanes: Lanes): Lift => {
  const holds = (c: Lifting, a: Expression, b: Expression): Expression => {
    const number = (c.operand(2).low & 7) as 0;
    const never = lanes.isPacked ? operate('v128.not', ONES) : constant(0);
    const names = ['eq', 'lt', 'le'];
    const plain = names[number & 3];
    const is = plain === undefined ? never : lanes.operation(plain, a, b);
    return number & 4 ? lanes.not(is) : is;
  };
  return comparing(lanes, (c, a, b) => {
    const is = holds(c, a, b);
    if (lanes.isPacked) return is;
    const to = c.get(register(c, 0));
    const size = lanes.size;
    const chosen = select(is, ONES, operate('v128.not', ONES));
    return shuffle(
      BYTES.map((n) => (n < size ? n + 16 : n)),
      to,
      chosen,
    );
  });
};

/** COMISS and its kin: ZF, PF and CF; the flags are left as an image. */
const flagComparison =
  (lanes: Lanes): Lift =>
  (c) => {
    const { block } = c;
    const from = source(c, lanes);
    const a = block.let(lanes.of(c.get(register(c, 0))));
    const b = from.value;
    const leave = (image: Expression): void => block.set(FLAG_OPERAND, widenU(image));
    block.if(
      isUnordered(lanes, a, b),
      () => leave(inRoutine(c, from.vector, 'i32')),
      () => {
        const equal = operate('shl', lanes.operation('eq', a, b), constant(ZF));
        leave(or(equal, operate('shl', lanes.operation('lt', a, b), constant(CF))));
      },
    );
    c.flags.image(block.let(wrap(c.get(FLAG_OPERAND))));
  };

/** DPPS and what approximates: always by the routine. */
const always: Lift = (c) => setInRoutine(c, c.block.let(vector(c, 1)));

/** LDMXCSR: bits that MXCSR does not have raise #GP. */
const loadMxcsr: Lift = (c) => {
  const { block } = c;
  const value = block.load(c.address(), 4, false, 'any');
  block.if(and(value, constant(~0xffff)), () =>
    block.trap('general-protection', constant(0), false),
  );
  block.set(MXCSR, value);
};

const storeMxcsr: Lift = (c) => c.store(c.address(), 4, widenU(c.get(MXCSR)));

function forms(stem: string, make: (lanes: Lanes) => Lift, suffixes = 'ps pd ss sd'): LiftTable {
  return Object.fromEntries(
    suffixes.split(' ').map((suffix) => [`${stem}${suffix}`, make(LANES_OF[suffix]!)]),
  );
}

export const FLOAT_LIFTS: LiftTable = {
  ...forms('add', (lanes) => binary('add', lanes)),
  ...forms('sub', (lanes) => binary('sub', lanes)),
  ...forms('mul', (lanes) => binary('mul', lanes)),
  ...forms('div', (lanes) => binary('div', lanes)),
  ...forms('sqrt', squareRoot),
  ...forms('min', (lanes) => extreme(lanes, true)),
  ...forms('max', (lanes) => extreme(lanes, false)),
  ...forms('cmp', predicate),
  ...forms('comi', flagComparison, 'ss sd'),
  ...forms('ucomi', flagComparison, 'ss sd'),
  ...forms('hadd', (lanes) => horizontal('add', lanes), 'ps pd'),
  ...forms('hsub', (lanes) => horizontal('sub', lanes), 'ps pd'),
  ...forms('addsub', alternating, 'ps pd'),
  ...forms('dp', () => always, 'ps pd'),
  ...forms('rcp', () => always, 'ps ss'),
  ...forms('rsqrt', () => always, 'ps ss'),
  ldmxcsr: loadMxcsr,
  stmxcsr: storeMxcsr,
};
