/**
 * Compares what packages/cpu says that the floating-point instructions of SSE compute with the real
 * processor: results, MXCSR's flags, RFLAGS and unmasked exceptions, without the engine.
 *
 *   node tools/oracle/x86-float.mjs [--cases N] [--seed S] [--only MNEMONIC,…] [--case N] [--record]
 *
 * --record writes what the processor did to x86-truth/float.txt, for the tests of packages/cpu:
 * mnemonic, immediate, size of the general register, MXCSR, destination, source; then whether it
 * trapped, MXCSR, and the result or the flags.
 */
import { FloatEnvironment } from '../../packages/cpu/dist/isa/x86-64/float-exact.js';
import * as packedFloat from '../../packages/cpu/dist/isa/x86-64/packed-float.js';
import { compareOperations, hexOf, SIGTRAP, STATUS_FLAGS, viewOf } from './x86-operation.mjs';

const RECORD = new URL('./x86-truth/float.txt', import.meta.url);
const SIMD_EXCEPTION = 19;
const MXCSR_AT = 24;
const COMPARES = /^u?comis[sd]$/;
const TO_INTEGER = /^cvtt?s[sd]2si$/;
const FROM_INTEGER = /^cvtsi2s[sd]$/;

const admits = ({ mnemonic, operandText }) =>
  !/[PQN]q/.test(operandText) &&
  (packedFloat.PACKED_FLOAT[mnemonic] !== undefined ||
    [COMPARES, TO_INTEGER, FROM_INTEGER].some((pattern) => pattern.test(mnemonic)));
const env = new FloatEnvironment();
const hex = (value) => value.toString(16);

function operandBytes(fx, registers, { file, register }) {
  if (file === 'xmm') return fx.slice(160 + register * 16, 176 + register * 16);
  const bytes = new Uint8Array(8);
  viewOf(bytes).setBigUint64(0, registers[register], true);
  return bytes;
}

/** The result as text; what it is depends on the instruction. */
function compute(mnemonic, a, b, size, immediate) {
  const bits = size * 8;
  if (COMPARES.test(mnemonic)) return hex(packedFloat.floatFlags(env, mnemonic, a, b));
  if (TO_INTEGER.test(mnemonic)) {
    return hex(BigInt.asUintN(bits, packedFloat.floatToInteger(env, mnemonic, b, bits)));
  }
  if (FROM_INTEGER.test(mnemonic)) {
    const value = BigInt.asIntN(bits, b.getBigInt64(0, true));
    return hexOf(packedFloat.integerToFloat(env, mnemonic, a, value));
  }
  return hexOf(packedFloat.PACKED_FLOAT[mnemonic](env, a, b, immediate));
}

function compare(test, theirs, operands) {
  const isTrapped = theirs.trap === SIMD_EXCEPTION;
  if (theirs.signal !== SIGTRAP && !isTrapped) return null;
  const [to, from] = operands;
  const general = operands.find(({ file, kind }) => kind === 'register' && file === 'general');
  const size = general?.size ?? 0;
  const immediate = operands.find(({ kind }) => kind === 'immediate')?.low ?? -1;
  const a = operandBytes(test.fx, test.registers, to);
  const b = operandBytes(test.fx, test.registers, from);
  const mxcsr = viewOf(test.fx).getUint32(MXCSR_AT, true);
  const mxcsrAfter = viewOf(theirs.fx).getUint32(MXCSR_AT, true);
  env.beginFloat(mxcsr);
  const computed = compute(test.mnemonic, viewOf(a), viewOf(b), size, immediate);
  const mineTraps = env.unmasked !== 0;
  const flags = hex(theirs.flags & STATUS_FLAGS);
  const after = operandBytes(theirs.fx, theirs.registers, to);
  const integer = hex(BigInt.asUintN(size * 8, viewOf(after).getBigUint64(0, true)));
  const result = COMPARES.test(test.mnemonic)
    ? flags
    : TO_INTEGER.test(test.mnemonic)
      ? integer
      : hexOf(after);
  const expected = [isTrapped ? 1 : 0, hex(mxcsrAfter), isTrapped ? '-' : result];
  return {
    mine: [mineTraps ? 1 : 0, hex(mxcsr | env.raised), mineTraps ? '-' : computed].join(' '),
    expected: expected.join(' '),
    line: [test.mnemonic, immediate, size, hex(mxcsr), hexOf(a), hexOf(b), ...expected],
  };
}

await compareOperations({ tool: 'x86-float.mjs', record: RECORD, admits, compare });
