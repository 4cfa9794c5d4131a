/**
 * The floating-point instructions of SSE to SSE4.1 on whole registers, by the arithmetic of
 * float-exact.ts: packed and scalar forms by their suffix. Approximations (RCPPS, RSQRTPS) and what
 * only moves bits are not here.
 */
import {
  add,
  compare,
  convert,
  DOUBLE,
  divide,
  type FloatEnvironment,
  type FloatFormat,
  type FloatOperation,
  fromInteger,
  maximum,
  minimum,
  multiply,
  roundToInteger,
  SINGLE,
  squareRoot,
  subtract,
  toInteger,
} from './float-exact.ts';
import { ROUND_ZERO } from './x87-number.ts';

/** Destination as it was and source; the result is what the whole register becomes. */
export type PackedFloat = (
  env: FloatEnvironment,
  a: DataView,
  b: DataView,
  immediate: number,
) => Uint8Array;

const BYTES = 16;

const lane = (view: DataView, format: FloatFormat, n: number): bigint =>
  format === SINGLE ? BigInt(view.getUint32(n * 4, true)) : view.getBigUint64(n * 8, true);

function putLane(view: DataView, bits: number, n: number, value: bigint): void {
  if (bits === 32) view.setUint32(n * 4, Number(BigInt.asUintN(32, value)), true);
  else view.setBigUint64(n * 8, BigInt.asUintN(64, value), true);
}

function copyOf(view: DataView): { readonly bytes: Uint8Array; readonly view: DataView } {
  const bytes = Uint8Array.from({ length: BYTES }, (_, n) => view.getUint8(n));
  return { bytes, view: new DataView(bytes.buffer) };
}

const lanesIn = (format: FloatFormat): number => BYTES / (format.bits / 8);

/** The four forms of an operation: ps, pd, ss, sd. */
function four(stem: string, f: (n: number) => FloatOperation): Record<string, PackedFloat> {
  const form =
    (format: FloatFormat, count: number): PackedFloat =>
    (env, a, b, immediate) => {
      const out = copyOf(a);
      const operation = f(immediate);
      for (let n = 0; n < count; n++) {
        const value = operation(env, format, lane(a, format, n), lane(b, format, n));
        putLane(out.view, format.bits, n, value);
      }
      return out.bytes;
    };
  return {
    [`${stem}ps`]: form(SINGLE, 4),
    [`${stem}pd`]: form(DOUBLE, 2),
    [`${stem}ss`]: form(SINGLE, 1),
    [`${stem}sd`]: form(DOUBLE, 1),
  };
}

/** CMPPS: equal, less, less or equal, unordered, and their opposites. */
function predicate(immediate: number): FloatOperation {
  const kind = immediate & 3;
  const isQuiet = kind === 0 || kind === 3;
  return (env, format, a, b) => {
    const order = compare(env, format, a, b, isQuiet);
    const holds = [order === 0, order === -1, order === -1 || order === 0, order === null][kind]!;
    return holds === ((immediate & 4) === 0) ? -1n : 0n;
  };
}

/** ROUNDPS: the mode is in the immediate, or MXCSR's when bit 2 is set. */
function rounding(immediate: number): FloatOperation {
  return (env, format, _, b) => {
    const mode = immediate & 4 ? env.rounding : immediate & 3;
    return roundToInteger(env, format, b, mode, (immediate & 8) !== 0);
  };
}

/** Horizontal forms: pairs of `a`, then of `b`. */
function horizontal(format: FloatFormat, operation: FloatOperation): PackedFloat {
  return (env, a, b) => {
    const out = copyOf(a);
    const half = lanesIn(format) / 2;
    for (let n = 0; n < 2 * half; n++) {
      const from = n < half ? a : b;
      const at = (n % half) * 2;
      const value = operation(env, format, lane(from, format, at), lane(from, format, at + 1));
      putLane(out.view, format.bits, n, value);
    }
    return out.bytes;
  };
}

/** Subtracts in even lanes and adds in odd ones. */
function alternating(format: FloatFormat): PackedFloat {
  return (env, a, b) => {
    const out = copyOf(a);
    for (let n = 0; n < lanesIn(format); n++) {
      const operation = n & 1 ? add : subtract;
      const value = operation(env, format, lane(a, format, n), lane(b, format, n));
      putLane(out.view, format.bits, n, value);
    }
    return out.bytes;
  };
}

/**
 * DPPS and DPPD: products of the lanes that the upper bits choose, added in pairs, to the lanes
 * that the lower bits choose. Each step rounds, and an unmasked exception of one keeps the next
 * from being done.
 */
function dotProduct(format: FloatFormat): PackedFloat {
  return (env, a, b, immediate) => {
    const out = copyOf(a);
    const count = lanesIn(format);
    let flags = 0;
    const step = (length: number, f: (n: number) => bigint): bigint[] => {
      env.raised = 0;
      const values = Array.from({ length }, (_, n) => f(n));
      env.conclude();
      flags |= env.raised;
      return values;
    };
    let sums = step(count, (n) =>
      (immediate >> (4 + n)) & 1
        ? multiply(env, format, lane(a, format, n), lane(b, format, n))
        : 0n,
    );
    while (sums.length > 1 && env.unmasked === 0) {
      const terms = sums;
      sums = step(terms.length / 2, (n) => add(env, format, terms[2 * n]!, terms[2 * n + 1]!));
    }
    env.raised = flags;
    for (let n = 0; n < count; n++) {
      putLane(out.view, format.bits, n, (immediate >> n) & 1 ? sums[0]! : 0n);
    }
    return out.bytes;
  };
}

interface Shape {
  readonly count: number;
  /** Lanes of the destination's size after the results that become zero. */
  readonly clears: number;
}

/** Lane by lane from one size to another. */
function converts(
  to: number,
  { count, clears }: Shape,
  f: (env: FloatEnvironment, b: DataView, n: number) => bigint,
): PackedFloat {
  return (env, a, b) => {
    const out = copyOf(a);
    for (let n = 0; n < count; n++) putLane(out.view, to, n, f(env, b, n));
    for (let n = count; n < count + clears; n++) putLane(out.view, to, n, 0n);
    return out.bytes;
  };
}

const between =
  (from: FloatFormat, to: FloatFormat) => (env: FloatEnvironment, b: DataView, n: number) =>
    convert(env, from, to, lane(b, from, n));
const integers =
  (format: FloatFormat, isTruncating: boolean) => (env: FloatEnvironment, b: DataView, n: number) =>
    toInteger(env, format, lane(b, format, n), 32, isTruncating ? ROUND_ZERO : env.rounding);
const numbers = (format: FloatFormat) => (env: FloatEnvironment, b: DataView, n: number) =>
  fromInteger(env, format, BigInt(b.getInt32(n * 4, true)));

const ONE: Shape = { count: 1, clears: 0 };
const TWO: Shape = { count: 2, clears: 0 };
const TWO_CLEARED: Shape = { count: 2, clears: 2 };
const FOUR: Shape = { count: 4, clears: 0 };

/** Instructions that compute all lanes in one step. */
const STEPS: Readonly<Record<string, PackedFloat>> = {
  ...four('add', () => add),
  ...four('sub', () => subtract),
  ...four('mul', () => multiply),
  ...four('div', () => divide),
  ...four('sqrt', () => squareRoot),
  ...four('min', () => minimum),
  ...four('max', () => maximum),
  ...four('cmp', predicate),
  ...four('round', rounding),
  haddps: horizontal(SINGLE, add),
  haddpd: horizontal(DOUBLE, add),
  hsubps: horizontal(SINGLE, subtract),
  hsubpd: horizontal(DOUBLE, subtract),
  addsubps: alternating(SINGLE),
  addsubpd: alternating(DOUBLE),
  cvtss2sd: converts(64, ONE, between(SINGLE, DOUBLE)),
  cvtsd2ss: converts(32, ONE, between(DOUBLE, SINGLE)),
  cvtps2pd: converts(64, TWO, between(SINGLE, DOUBLE)),
  cvtpd2ps: converts(32, TWO_CLEARED, between(DOUBLE, SINGLE)),
  cvtdq2ps: converts(32, FOUR, numbers(SINGLE)),
  cvtdq2pd: converts(64, TWO, numbers(DOUBLE)),
  cvtps2dq: converts(32, FOUR, integers(SINGLE, false)),
  cvttps2dq: converts(32, FOUR, integers(SINGLE, true)),
  cvtpd2dq: converts(32, TWO_CLEARED, integers(DOUBLE, false)),
  cvttpd2dq: converts(32, TWO_CLEARED, integers(DOUBLE, true)),
};

const concluded =
  (f: PackedFloat): PackedFloat =>
  (env, a, b, immediate) => {
    const result = f(env, a, b, immediate);
    env.conclude();
    return result;
  };

/**
 * By mnemonic. When {@link FloatEnvironment.unmasked} is not 0 afterwards, the result is nothing.
 */
export const PACKED_FLOAT: Readonly<Record<string, PackedFloat>> = {
  ...Object.fromEntries(Object.entries(STEPS).map(([name, f]) => [name, concluded(f)])),
  dpps: dotProduct(SINGLE),
  dppd: dotProduct(DOUBLE),
};

/** From and to an mm register, which is the low half of the bytes given. */
export const MM_CONVERSIONS: Readonly<Record<string, PackedFloat>> = Object.fromEntries(
  Object.entries({
    cvtpi2ps: converts(32, TWO, numbers(SINGLE)),
    cvtpi2pd: converts(64, TWO, numbers(DOUBLE)),
    cvtps2pi: converts(32, TWO, integers(SINGLE, false)),
    cvttps2pi: converts(32, TWO, integers(SINGLE, true)),
    cvtpd2pi: converts(32, TWO, integers(DOUBLE, false)),
    cvttpd2pi: converts(32, TWO, integers(DOUBLE, true)),
  }).map(([name, f]) => [name, concluded(f)]),
);

/** CVTSS2SI and its kin: an integer of 32 or 64 bits from the low lane. */
export function floatToInteger(
  env: FloatEnvironment,
  mnemonic: string,
  b: DataView,
  width: number,
): bigint {
  const format = mnemonic.includes('ss') ? SINGLE : DOUBLE;
  const mode = mnemonic.startsWith('cvtt') ? ROUND_ZERO : env.rounding;
  return toInteger(env, format, lane(b, format, 0), width, mode);
}

/** CVTSI2SS and CVTSI2SD: the low lane from an integer. */
export function integerToFloat(
  env: FloatEnvironment,
  mnemonic: string,
  a: DataView,
  value: bigint,
): Uint8Array {
  const format = mnemonic.endsWith('ss') ? SINGLE : DOUBLE;
  const out = copyOf(a);
  putLane(out.view, format.bits, 0, fromInteger(env, format, value));
  return out.bytes;
}

const [CF, PF, ZF] = [0x1, 0x4, 0x40];

/** COMISS, COMISD, UCOMISS, UCOMISD: ZF, PF and CF; the other flags are cleared. */
export function floatFlags(
  env: FloatEnvironment,
  mnemonic: string,
  a: DataView,
  b: DataView,
): number {
  const format = mnemonic.endsWith('ss') ? SINGLE : DOUBLE;
  const isQuiet = mnemonic.startsWith('u');
  const order = compare(env, format, lane(a, format, 0), lane(b, format, 0), isQuiet);
  if (order === null) return ZF | PF | CF;
  if (order === 0) return ZF;
  return order < 0 ? CF : 0;
}
