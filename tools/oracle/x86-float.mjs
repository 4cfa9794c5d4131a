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
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Decoder } from '../../packages/cpu/dist/isa/x86-64/decoder.js';
import { FloatEnvironment } from '../../packages/cpu/dist/isa/x86-64/float-exact.js';
import { DecodedInstruction } from '../../packages/cpu/dist/isa/x86-64/instruction.js';
import * as packedFloat from '../../packages/cpu/dist/isa/x86-64/packed-float.js';
import { X86_ROWS } from '../../packages/cpu/dist/isa/x86-64/table.js';
import { CaseMaker } from './x86-cases.mjs';
import { describeCase } from './x86-compare.mjs';
import { NativeProcessor, processorFeatures, processorName } from './x86-native.mjs';

const RECORD = new URL('./x86-truth/float.txt', import.meta.url);
const BATCH = 2000;
const REPORTED = 20;
const SIGTRAP = 5;
const SIMD_EXCEPTION = 19;
const MXCSR_AT = 24;
const STATUS_FLAGS = 0x8d5;
const COMPARES = /^u?comis[sd]$/;
const TO_INTEGER = /^cvtt?s[sd]2si$/;
const FROM_INTEGER = /^cvtsi2s[sd]$/;

const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '20000' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
    case: { type: 'string' },
    record: { type: 'boolean', default: false },
  },
});
const seed = Number(values.seed);
const only = values.only === undefined ? null : new Set(values.only.split(','));
const admits = ({ mnemonic, operandText }) =>
  !/[PQN]q/.test(operandText) &&
  (packedFloat.PACKED_FLOAT[mnemonic] !== undefined ||
    [COMPARES, TO_INTEGER, FROM_INTEGER].some((pattern) => pattern.test(mnemonic)));
const maker = new CaseMaker(processorFeatures(), only, new Set(), admits);
const processor = new NativeProcessor(CaseMaker.data(seed));
const decoder = new Decoder(X86_ROWS);
const instruction = new DecodedInstruction();
const env = new FloatEnvironment();
const hexOf = (bytes) => Buffer.from(bytes).toString('hex');
const viewOf = (bytes) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
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

function compareOne(test, theirs) {
  decoder.decode(test.code, 0, test.code.length, instruction);
  const operands = instruction.operands.slice(0, instruction.operandCount);
  if (test.texts.length > 1 || operands.some(({ kind }) => kind === 'memory')) return null;
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
  return {
    mine: [mineTraps ? 1 : 0, hex(mxcsr | env.raised), mineTraps ? '-' : computed].join(' '),
    expected: [isTrapped ? 1 : 0, hex(mxcsrAfter), isTrapped ? '-' : result].join(' '),
    line: [test.mnemonic, immediate, size, hex(mxcsr), hexOf(a), hexOf(b)],
  };
}

async function main() {
  const counts = new Map();
  const lines = [];
  let compared = 0;
  const numbers =
    values.case === undefined
      ? Array.from({ length: Number(values.cases) }, (_, n) => n)
      : [Number(values.case)];
  for (let done = 0; done < numbers.length; done += BATCH) {
    const cases = numbers.slice(done, done + BATCH).map((number) => maker.make(seed, number));
    const results = await processor.run(cases);
    cases.forEach((test, n) => {
      const outcome = compareOne(test, results[n]);
      if (outcome === null) return;
      const { mine, expected, line } = outcome;
      compared++;
      lines.push([...line, ...expected.split(' ')].join('\t'));
      if (mine === expected) return;
      counts.set(test.mnemonic, (counts.get(test.mnemonic) ?? 0) + 1);
      if (counts.get(test.mnemonic) > 1 || counts.size > REPORTED) return;
      console.log(
        `difference: node tools/oracle/x86-float.mjs --seed ${seed} --case ${test.number}`,
      );
      for (const text of [describeCase(test)[0], line.join(' '), expected, `ours ${mine}`]) {
        console.log(`  ${text}`);
      }
    });
  }
  if (values.record) {
    const header = [
      `# ${processorName()}, by tools/oracle/x86-native/runner.c`,
      `# made by: node tools/oracle/x86-float.mjs --record --cases ${values.cases} --seed ${seed}`,
    ];
    writeFileSync(RECORD, `${[...header, ...lines].join('\n')}\n`);
  }
  const different = [...counts.values()].reduce((total, count) => total + count, 0);
  console.log([...counts].map(([name, count]) => `${name} ${count}`).join(', '));
  console.log(
    `${compared} of ${numbers.length} cases of ${maker.rows.length} rows compared with ${processorName()}, ${different} differ`,
  );
  return different;
}

try {
  process.exitCode = (await main()) === 0 ? 0 : 1;
} finally {
  processor.close();
}
