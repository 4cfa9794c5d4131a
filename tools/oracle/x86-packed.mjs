/**
 * Compares what packages/cpu says that the integer instructions of MMX and SSE compute with the
 * real processor, one instruction at a time and without the engine.
 *
 *   node tools/oracle/x86-packed.mjs [--cases N] [--seed S] [--only MNEMONIC,…] [--case N] [--record]
 *
 * --record writes what the processor did to x86-truth/packed.txt, for the tests of packages/cpu:
 * mnemonic, immediate, width, destination, source, and the result; of string comparisons the
 * lengths, ECX, XMM0 and the flags.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Decoder } from '../../packages/cpu/dist/isa/x86-64/decoder.js';
import { DecodedInstruction } from '../../packages/cpu/dist/isa/x86-64/instruction.js';
import { PACKED_CIPHER } from '../../packages/cpu/dist/isa/x86-64/packed-cipher.js';
import { PACKED_INTEGER } from '../../packages/cpu/dist/isa/x86-64/packed-integer.js';
import { StringUnit } from '../../packages/cpu/dist/isa/x86-64/packed-string.js';
import { X86_ROWS } from '../../packages/cpu/dist/isa/x86-64/table.js';
import { CaseMaker } from './x86-cases.mjs';
import { describeCase } from './x86-compare.mjs';
import { NativeProcessor, processorFeatures, processorName } from './x86-native.mjs';

const RECORD = new URL('./x86-truth/packed.txt', import.meta.url);
const BATCH = 2000;
const REPORTED = 20;
const SIGTRAP = 5;
const [RAX, RCX, RDX] = [0, 1, 2];
/** OF SF ZF AF PF CF. */
const STATUS_FLAGS = 0x8d5;
const STRING = /^pcmp[ei]str[im]$/;
const OPERATIONS = { ...PACKED_INTEGER, ...PACKED_CIPHER };

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
const admits = ({ mnemonic }) => OPERATIONS[mnemonic] !== undefined || STRING.test(mnemonic);
const maker = new CaseMaker(processorFeatures(), only, new Set(), admits);
const processor = new NativeProcessor(CaseMaker.data(seed));
const decoder = new Decoder(X86_ROWS);
const instruction = new DecodedInstruction();
const hexOf = (bytes) => Buffer.from(bytes).toString('hex');
const viewOf = (bytes) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Bytes of a vector register in FXSAVE's image; mm registers lie by the place in the stack. */
function registerBytes(fx, { file, register }) {
  if (file === 'xmm') return fx.slice(160 + register * 16, 176 + register * 16);
  const top = (fx[3] >> 3) & 7;
  const at = 32 + ((register - top) & 7) * 16;
  return fx.slice(at, at + 8);
}

/** Operands of a decoded case on registers; null for cases on memory. */
function operandsOf(test) {
  decoder.decode(test.code, 0, test.code.length, instruction);
  const operands = instruction.operands.slice(0, instruction.operandCount);
  if (test.texts.length > 1 || operands.some(({ kind }) => kind === 'memory')) return null;
  const vectors = operands.filter(({ kind }) => kind === 'register');
  const immediate = operands.find(({ kind }) => kind === 'immediate');
  return { to: vectors[0], from: vectors[1] ?? null, immediate: immediate?.low ?? -1 };
}

function compareString(test, theirs, { to, from, immediate }) {
  const { mnemonic } = test;
  const isWide = instruction.hasRexW;
  const signed = (n) => BigInt.asIntN(isWide ? 64 : 32, test.registers[n]);
  const lengths = mnemonic.startsWith('pcmpe') ? [signed(RAX), signed(RDX)] : null;
  const [a, b] = [registerBytes(test.fx, to), registerBytes(test.fx, from)];
  const ours = new StringUnit();
  ours.run(viewOf(a), viewOf(b), immediate, lengths);
  const isIndex = mnemonic.endsWith('i');
  const theirMask = hexOf(registerBytes(theirs.fx, { file: 'xmm', register: 0 }));
  const result = isIndex ? theirs.registers[RCX].toString() : theirMask;
  const mine = isIndex ? String(ours.index) : hexOf(ours.mask);
  const flags = theirs.flags & STATUS_FLAGS;
  return {
    mine: `${mine} ${ours.flags}`,
    expected: `${result} ${flags}`,
    line: [mnemonic, immediate, lengths?.join(' ') ?? '-', hexOf(a), hexOf(b), result, flags],
  };
}

function compareOne(test, theirs, { to, from, immediate }) {
  const width = to.size;
  const a = registerBytes(test.fx, to);
  const b = from === null ? a : registerBytes(test.fx, from);
  const result = hexOf(registerBytes(theirs.fx, to));
  const mine = hexOf(OPERATIONS[test.mnemonic](viewOf(a), viewOf(b), width, immediate));
  const line = [test.mnemonic, immediate, width, hexOf(a), hexOf(b), result];
  return { mine, expected: result, line };
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
      const operands = operandsOf(test);
      if (operands === null || results[n].signal !== SIGTRAP) return;
      const compare = STRING.test(test.mnemonic) ? compareString : compareOne;
      const { mine, expected, line } = compare(test, results[n], operands);
      compared++;
      lines.push(line.join('\t'));
      if (mine === expected) return;
      counts.set(test.mnemonic, (counts.get(test.mnemonic) ?? 0) + 1);
      if (counts.get(test.mnemonic) > 1 || counts.size > REPORTED) return;
      console.log(
        `difference: node tools/oracle/x86-packed.mjs --seed ${seed} --case ${test.number}`,
      );
      for (const text of [describeCase(test)[0], line.join(' '), `ours ${mine}`]) {
        console.log(`  ${text}`);
      }
    });
  }
  if (values.record) {
    const header = [
      `# ${processorName()}, by tools/oracle/x86-native/runner.c`,
      `# made by: node tools/oracle/x86-packed.mjs --record --cases ${values.cases} --seed ${seed}`,
    ];
    writeFileSync(RECORD, `${[...header, ...lines].join('\n')}\n`);
  }
  const different = [...counts.values()].reduce((sum, count) => sum + count, 0);
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
