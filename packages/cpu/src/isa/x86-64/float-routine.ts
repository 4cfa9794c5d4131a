/**
 * The routine behind the floating-point instructions of SSE: what float-exact.ts says, for operands
 * and states that generated code does not compute by itself. Operands and results have the same
 * places:
 *
 *    0  which instruction, its immediate and the size of a general register; then whether it traps
 *    8  MXCSR; then with the flags that were raised
 *   16  the destination as it was; then the result: a register, an integer, or flags
 *   32  the source: a register's 16 bytes, or an integer
 */
import type { Routine } from '../../isa.ts';
import { APPROXIMATIONS } from './float-approximation.ts';
import { FloatEnvironment } from './float-exact.ts';
import {
  floatFlags,
  floatToInteger,
  integerToFloat,
  MM_CONVERSIONS,
  PACKED_FLOAT,
  type PackedFloat,
} from './packed-float.ts';

const MXCSR_AT = 8;
const TO_AT = 16;
const FROM_AT = 32;
const VECTOR_BYTES = 16;

interface Request {
  readonly immediate: number;
  /** Of the general register, in bytes. */
  readonly size: number;
}

type Execution = (env: FloatEnvironment, to: DataView, from: DataView, request: Request) => void;

function put(to: DataView, bytes: Uint8Array): void {
  for (let n = 0; n < VECTOR_BYTES; n++) to.setUint8(n, bytes[n]!);
}

const onRegisters =
  (f: PackedFloat): Execution =>
  (env, to, from, { immediate }) =>
    put(to, f(env, to, from, immediate));

const intoFlags =
  (name: string): Execution =>
  (env, to, from) =>
    to.setInt32(0, floatFlags(env, name, to, from), true);

const intoInteger =
  (name: string): Execution =>
  (env, to, from, { size }) => {
    const value = floatToInteger(env, name, from, size * 8);
    to.setBigUint64(0, BigInt.asUintN(size * 8, value), true);
  };

const ofInteger =
  (name: string): Execution =>
  (env, to, from, { size }) => {
    const value = BigInt.asIntN(size * 8, from.getBigInt64(0, true));
    put(to, integerToFloat(env, name, to, value));
  };

function named(names: string, make: (name: string) => Execution): Record<string, Execution> {
  return Object.fromEntries(names.split(' ').map((name) => [name, make(name)]));
}

const EXECUTIONS: Readonly<Record<string, Execution>> = {
  ...Object.fromEntries(
    Object.entries({ ...PACKED_FLOAT, ...MM_CONVERSIONS, ...APPROXIMATIONS }).map(([name, f]) => [
      name,
      onRegisters(f),
    ]),
  ),
  ...named('comiss comisd ucomiss ucomisd', intoFlags),
  ...named('cvtss2si cvtsd2si cvttss2si cvttsd2si', intoInteger),
  ...named('cvtsi2ss cvtsi2sd', ofInteger),
};

const MNEMONICS: readonly string[] = Object.keys(EXECUTIONS);
const BY_NUMBER: readonly Execution[] = Object.values(EXECUTIONS);

/** The first operand of the routine. `size`: of the general register, 0 without one. */
export function floatRequest(mnemonic: string, immediate: number, size: number): number {
  return MNEMONICS.indexOf(mnemonic) | ((immediate & 0xff) << 8) | (size << 16);
}

/** The arithmetic on one place of scratch memory. */
class ScratchFloat {
  readonly scratch: DataView;
  readonly at: number;
  private readonly to: DataView;
  private readonly from: DataView;
  private readonly env = new FloatEnvironment();

  constructor(scratch: DataView, at: number) {
    this.scratch = scratch;
    this.at = at;
    const start = scratch.byteOffset + at;
    this.to = new DataView(scratch.buffer, start + TO_AT, VECTOR_BYTES);
    this.from = new DataView(scratch.buffer, start + FROM_AT, VECTOR_BYTES);
  }

  run(): void {
    const { scratch, at, env, to, from } = this;
    const word = scratch.getInt32(at, true);
    const mxcsr = scratch.getInt32(at + MXCSR_AT, true);
    env.beginFloat(mxcsr);
    BY_NUMBER[word & 0xff]!(env, to, from, { immediate: (word >> 8) & 0xff, size: word >> 16 });
    scratch.setInt32(at, env.unmasked, true);
    scratch.setInt32(at + MXCSR_AT, mxcsr | env.raised, true);
  }
}

/** Makes the routine; it keeps views of the scratch memory, nothing of the guest. */
export function floatRoutine(): Routine {
  let place: ScratchFloat | null = null;
  return (scratch, at) => {
    if (place === null || place.scratch !== scratch || place.at !== at) {
      place = new ScratchFloat(scratch, at);
    }
    place.run();
  };
}
