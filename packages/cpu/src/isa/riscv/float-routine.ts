/**
 * The routines of the floating-point instructions: soft-float operations behind the interface of
 * `routine` statements. Operands are values' bits as i64, then a rounding mode as i32 where there is
 * one; the first result is bits as i64, or an integer as i32, the second the flags as i32.
 */
import type { Routine } from '../../isa.ts';
import { DOUBLE, type FloatFormat, SINGLE } from './float-format.ts';
import { type FusedResult, fusedMultiplyAdd } from './fused-double.ts';
import {
  type FloatResult,
  NX,
  RNE,
  softAdd,
  softClass,
  softConvert,
  softDivide,
  softExtreme,
  softFromInteger,
  softFused,
  softMultiply,
  softSquareRoot,
  softSubtract,
  softToInteger,
} from './soft-float.ts';

/** Bytes between operands. */
const STEP = 8;

function put(scratch: DataView, at: number, { bits, flags }: FloatResult): void {
  scratch.setBigInt64(at, bits, true);
  scratch.setInt32(at + STEP, flags, true);
}

type Operation = (operands: readonly bigint[], mode: number, format: FloatFormat) => FloatResult;

/** A routine with `count` values and a rounding mode. */
function valued(count: number, format: FloatFormat, operation: Operation): Routine {
  return (scratch, at) => {
    const operands = Array.from({ length: count }, (_, n) =>
      BigInt.asUintN(format.width, scratch.getBigInt64(at + n * STEP, true)),
    );
    const mode = scratch.getInt32(at + count * STEP, true);
    put(scratch, at, operation(operands, mode, format));
  };
}

function fused(format: FloatFormat, negateProduct: boolean, negateAddend: boolean): Routine {
  const signs = { negateProduct, negateAddend };
  const exact = valued(3, format, ([a, b, c], mode) => softFused(a!, b!, c!, signs, format, mode));
  if (format === SINGLE) return exact;
  const result: FusedResult = { value: 0, isExact: false };
  return (scratch, at) => {
    const a = scratch.getFloat64(at, true);
    const b = scratch.getFloat64(at + STEP, true);
    const c = scratch.getFloat64(at + 2 * STEP, true);
    const isNearest = scratch.getInt32(at + 3 * STEP, true) === RNE;
    const [x, z] = [negateProduct ? -a : a, negateAddend ? -c : c];
    if (!isNearest || !fusedMultiplyAdd(x, b, z, result)) return exact(scratch, at);
    scratch.setFloat64(at, result.value, true);
    scratch.setInt32(at + STEP, result.isExact ? 0 : NX, true);
  };
}

function toInteger(format: FloatFormat, isSigned: boolean): Routine {
  return (scratch, at) => {
    const mode = scratch.getInt32(at + STEP, true);
    const { value, flags } = softToInteger(scratch.getBigInt64(at, true), isSigned, format, mode);
    scratch.setInt32(at, value, true);
    scratch.setInt32(at + STEP, flags, true);
  };
}

function fromInteger(format: FloatFormat, isSigned: boolean): Routine {
  return (scratch, at) => {
    const value = isSigned ? scratch.getInt32(at, true) : scratch.getUint32(at, true);
    put(scratch, at, softFromInteger(value, format, scratch.getInt32(at + STEP, true)));
  };
}

function classify(format: FloatFormat): Routine {
  return (scratch, at) => {
    scratch.setInt32(at, softClass(scratch.getBigInt64(at, true), format), true);
  };
}

const OPERATIONS: Readonly<Record<string, (format: FloatFormat) => Routine>> = {
  add: (format) => valued(2, format, ([a, b], mode) => softAdd(a!, b!, format, mode)),
  sub: (format) => valued(2, format, ([a, b], mode) => softSubtract(a!, b!, format, mode)),
  mul: (format) => valued(2, format, ([a, b], mode) => softMultiply(a!, b!, format, mode)),
  div: (format) => valued(2, format, ([a, b], mode) => softDivide(a!, b!, format, mode)),
  sqrt: (format) => valued(1, format, ([a], mode) => softSquareRoot(a!, format, mode)),
  min: (format) => valued(2, format, ([a, b]) => softExtreme(a!, b!, true, format)),
  max: (format) => valued(2, format, ([a, b]) => softExtreme(a!, b!, false, format)),
  madd: (format) => fused(format, false, false),
  msub: (format) => fused(format, false, true),
  nmsub: (format) => fused(format, true, false),
  nmadd: (format) => fused(format, true, true),
  class: classify,
  toSigned: (format) => toInteger(format, true),
  toUnsigned: (format) => toInteger(format, false),
  fromSigned: (format) => fromInteger(format, true),
  fromUnsigned: (format) => fromInteger(format, false),
  convert: (format) =>
    valued(1, format, ([a], mode) =>
      softConvert(a!, format, format === SINGLE ? DOUBLE : SINGLE, mode),
    ),
};

const NAMES = Object.keys(OPERATIONS);

/** What an ISA with F lists as its routines. */
export const FLOAT_ROUTINES: readonly Routine[] = [SINGLE, DOUBLE].flatMap((format) =>
  NAMES.map((name) => OPERATIONS[name]!(format)),
);

/** The number of a routine that works on (converts from) a format. */
export function floatRoutine(name: string, format: FloatFormat): number {
  const index = NAMES.indexOf(name);
  if (index < 0) throw new Error(`no routine ${name}`);
  return index + (format === SINGLE ? 0 : NAMES.length);
}
