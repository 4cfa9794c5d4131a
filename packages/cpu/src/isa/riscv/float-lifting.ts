/**
 * What lifters of floating-point instructions share: registers and their boxes, rounding modes,
 * flags, and the choice between an operation of WebAssembly and a routine.
 *
 * WebAssembly rounds to nearest even and has no flags. So an instruction does the native operation
 * when it rounds that way and no flag can change: its result is exact, or it is an everyday number
 * (normal, far from the limits) and the inexact flag is up already, which it stays until the guest
 * clears it. Else it calls the routine, which is exact in everything.
 */
import {
  and,
  constant,
  constant64,
  type Expression,
  eq,
  eqz,
  gtU,
  ltU,
  operate,
  or,
  or64,
  select,
  shrU,
  shrU64,
  sub,
  widenU,
  wrap,
} from '../../ir/expression.ts';
import { DOUBLE, type FloatFormat, SINGLE } from './float-format.ts';
import { floatRoutine } from './float-routine.ts';
import type { Lifting } from './lifting.ts';
import type { Fields } from './pattern.ts';
import { F0, FFLAGS, FRM } from './register.ts';
import { DYNAMIC, NX, RMM, RNE } from './soft-float.ts';

const BOX = constant64(0xffffffff00000000n);
const NAN_SINGLE = constant(Number(SINGLE.canonicalNan));

/** The bits of a register's value: i32 for a single, i64 for a double. */
export function floatBits(c: Lifting, register: number, format: FloatFormat): Expression {
  const value = c.block.get(F0 + register);
  if (format === DOUBLE || c.floatLength === 32) return value;
  const isBoxed = eq(wrap(shrU64(value, constant64(32n))), constant(-1));
  return c.block.let(select(isBoxed, wrap(value), NAN_SINGLE));
}

/** The low word as it is, boxed or not. */
export function lowWord(c: Lifting, register: number): Expression {
  const value = c.block.get(F0 + register);
  return c.floatLength === 32 ? value : wrap(value);
}

export function setFloatBits(c: Lifting, rd: number, bits: Expression, format: FloatFormat): void {
  const isBare = format === DOUBLE || c.floatLength === 32;
  c.block.set(F0 + rd, isBare ? bits : or64(widenU(bits), BOX));
}

/** The number that bits stand for: f32 or f64. */
export function numberOf(bits: Expression, format: FloatFormat): Expression {
  return operate(format === SINGLE ? 'bitsF32' : 'bitsF64', bits);
}

export function bitsOf(number: Expression, format: FloatFormat): Expression {
  return operate(format === SINGLE ? 'f32Bits' : 'f64Bits', number);
}

/** The rounding mode as a value, and whether it is the one that WebAssembly has. */
export interface Rounding {
  readonly mode: Expression;
  readonly isNative: Expression;
  readonly isDynamic: boolean;
}

/** The instruction's rounding mode, or null when the encoding has none. */
export function roundingOf(c: Lifting, f: Fields): Rounding | null {
  if (f.rm === DYNAMIC) {
    const mode = c.block.get(FRM);
    return { mode, isNative: eqz(mode), isDynamic: true };
  }
  if (f.rm > RMM) return null;
  const isNative = constant(f.rm === RNE ? 1 : 0);
  return { mode: constant(f.rm), isNative, isDynamic: false };
}

/** `and` that folds constants on either side. */
export function both(a: Expression, b: Expression): Expression {
  if (a.kind === 'constant') return a.value === 0 ? a : b;
  return b.kind === 'constant' && b.value !== 0 ? a : and(a, b);
}

export function raise(c: Lifting, flags: Expression): void {
  c.block.set(FFLAGS, or(c.block.get(FFLAGS), flags));
}

/** Whether an inexact result changes no flag. */
export function inexactIsUp(c: Lifting): Expression {
  return and(c.block.get(FFLAGS), constant(NX));
}

/** Whether bits are a normal number that is neither next to the subnormal ones nor to infinity. */
export function isEveryday(bits: Expression, format: FloatFormat): Expression {
  const exponent =
    format === SINGLE
      ? and(shrU(bits, constant(23)), constant(0xff))
      : and(wrap(shrU64(bits, constant64(52n))), constant(0x7ff));
  const last = format === SINGLE ? 0xfd : 0x7fd;
  return ltU(sub(exponent, constant(2)), constant(last - 1));
}

/** An i64 with a value's bits, as routines take them. */
function asOperand(bits: Expression): Expression {
  return bits.type === 'i32' ? widenU(bits) : bits;
}

/** Calls a routine and raises its flags; the result as it comes, i64 or i32. */
export function callRoutine(
  c: Lifting,
  name: string,
  format: FloatFormat,
  operands: readonly Expression[],
  rounding: Rounding | null,
  result: 'i64' | 'i32' = 'i64',
): Expression {
  const { block } = c;
  if (rounding?.isDynamic) {
    block.if(gtU(rounding.mode, constant(RMM)), () => {
      block.trap('undefined-instruction', constant(c.bits), false);
    });
  }
  const [value, flags] = block.routine(
    floatRoutine(name, format),
    [...operands.map(asOperand), rounding?.mode ?? constant(RNE)],
    [result, 'i32'],
  );
  raise(c, flags!);
  return value!;
}

/** A routine's i64 result as bits of a format. */
export function resultBits(value: Expression, format: FloatFormat): Expression {
  return format === SINGLE ? wrap(value) : value;
}
