/**
 * Compares the x87 unit of packages/cpu with the real processor, one instruction at a time and
 * without the engine: stack, status word, memory, flags and pending exceptions.
 *
 *   node tools/oracle/x86-x87.mjs [--cases N] [--seed S] [--only MNEMONIC,…] [--batch N] [--case N]
 *                                 [--record] [--transcendental]
 *
 * --transcendental takes the instructions that the processor computes to about one unit in the last
 * place, and lets significands differ by two of them; cases that leave the manual's ranges are not
 * compared.
 *
 * --record writes what the processor did to x86-truth/x87.txt, a case a line, for the tests of
 * packages/cpu: mnemonic, registers, memory operand, flags, state; then whether an exception was
 * pending, memory operand, flags, AX, state. A state is control, status, tags and ST0 to ST7.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Decoder } from '../../packages/cpu/dist/isa/x86-64/decoder.js';
import { DecodedInstruction, NONE, RIP } from '../../packages/cpu/dist/isa/x86-64/instruction.js';
import { X86_ROWS } from '../../packages/cpu/dist/isa/x86-64/table.js';
import { X87State } from '../../packages/cpu/dist/isa/x86-64/x87-state.js';
import { X87Unit } from '../../packages/cpu/dist/isa/x86-64/x87-unit.js';
import { CaseMaker } from './x86-cases.mjs';
import { describeCase, differences } from './x86-compare.mjs';
import { DATA, DATA_BYTES, DATA_END, WRITABLE } from './x86-layout.mjs';
import { leftOut } from './x86-left-out.mjs';
import { NativeProcessor, processorFeatures, processorName } from './x86-native.mjs';

const REPORTED = 30;
const RECORD = new URL('./x86-truth/x87.txt', import.meta.url);
const SIGFPE = 8;
const SIGTRAP = 5;
const FS = 4;
const FLOAT_EXCEPTION = 16;
/** OF SF ZF AF PF CF. */
const STATUS_FLAGS = 0x8d5;
const ENVIRONMENT = { fldenv: [28, 14], frstor: [108, 94] };

const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '20000' },
    seed: { type: 'string', default: '1' },
    batch: { type: 'string', default: '2000' },
    only: { type: 'string' },
    case: { type: 'string' },
    record: { type: 'boolean', default: false },
    transcendental: { type: 'boolean', default: false },
  },
});
const seed = Number(values.seed);
const only = values.only === undefined ? null : new Set(values.only.split(','));
const TRANSCENDENTAL = /^(f2xm1|fyl2x|fyl2xp1|fptan|fpatan|fsin|fcos|fsincos)$/;
const admits = ({ mnemonic }) =>
  X87Unit.executes(mnemonic) && TRANSCENDENTAL.test(mnemonic) === values.transcendental;
const isLeftOut = values.transcendental ? () => null : leftOut;
const maker = new CaseMaker(processorFeatures(), only, new Set(), admits, isLeftOut);
const data = CaseMaker.data(seed);
const processor = new NativeProcessor(data);
const decoder = new Decoder(X86_ROWS);
const instruction = new DecodedInstruction();

function startOf(test) {
  const memory = Uint8Array.from(data);
  for (const { address, bytes } of test.patches) memory.set(bytes, address - DATA);
  return memory;
}

/** The linear address of the decoded instruction's memory. */
function addressOf({ registers, start, fsBase, gsBase }) {
  const { base, index, scale, displacement, displacementHigh, segment } = instruction;
  let sum = (BigInt(displacementHigh) << 32n) | BigInt(displacement >>> 0);
  if (base === RIP) sum += BigInt(start + instruction.length);
  else if (base !== NONE) sum += registers[base];
  if (index !== NONE) sum += registers[index] * BigInt(scale);
  const offset = BigInt.asUintN(instruction.addressSize * 8, sum);
  const segmentBase = segment === NONE ? 0n : segment === FS ? fsBase : gsBase;
  return BigInt.asUintN(64, offset + segmentBase);
}

/** Where the memory operand lies, when the case has it in memory that can be written. */
function operandOf(test, memory) {
  const { operands, operandCount, row, operandSize } = instruction;
  const operand = operands.slice(0, operandCount).find(({ kind }) => kind === 'memory');
  if (operand === undefined) return { at: -1, bytes: null };
  const at = Number(addressOf(test));
  const size = operand.size || ENVIRONMENT[row.mnemonic][operandSize === 2 ? 1 : 0];
  if (at < WRITABLE || at + size > DATA_END) return null;
  return { at: at - DATA, bytes: memory.slice(at - DATA, at - DATA + size) };
}

function changesOf(before, after) {
  const [was, is] = [before, after].map((bytes) => new DataView(bytes.buffer));
  const changes = [];
  for (let at = 0; at < DATA_BYTES; at += 8) {
    const value = is.getBigUint64(at, true);
    if (value !== was.getBigUint64(at, true)) changes.push({ address: DATA + at, value });
  }
  return changes;
}

/** Precision, underflow, C1, and whether they are pending: what depends on the last bits. */
const LOOSE_STATUS = 0x82b0;
const LAST_PLACES = 2n;
/** 1 - √2/2: FYL2XP1 is defined below it; F2XM1 up to 1. */
const LOGARITHM_RANGE = [0x3ffd, 0x95f619980c4336f7n];

const registerOf = (fx, n) => {
  const view = new DataView(fx.buffer, fx.byteOffset);
  return [view.getUint16(40 + n * 16, true), view.getBigUint64(32 + n * 16, true)];
};

function isInRange(test) {
  const [high, significand] = registerOf(test.fx, 0);
  const exponent = high & 0x7fff;
  const [limit, most] = LOGARITHM_RANGE;
  if (test.mnemonic === 'f2xm1') return exponent < 0x3fff;
  if (test.mnemonic !== 'fyl2xp1') return true;
  return exponent < limit || (exponent === limit && significand <= most);
}

/** Brings results that are as near as processors are to the processor's. */
function loosened(theirs, fx) {
  if (!values.transcendental) return;
  const [a, b] = [theirs.fx, fx].map((image) => new DataView(image.buffer, image.byteOffset));
  for (const n of [0, 1]) {
    const at = 32 + n * 16;
    const value = (view) =>
      (BigInt(view.getUint16(at + 8, true)) << 63n) + (view.getBigUint64(at, true) & ~(1n << 63n));
    const distance = value(a) - value(b);
    if (distance <= LAST_PLACES && distance >= -LAST_PLACES) {
      fx.set(theirs.fx.subarray(at, at + 10), at);
    }
  }
  const status = (b.getUint16(2, true) & ~LOOSE_STATUS) | (a.getUint16(2, true) & LOOSE_STATUS);
  b.setUint16(2, status, true);
}

const hexOf = (bytes) => Buffer.from(bytes).toString('hex');

/** The x87 part of FXSAVE's image, without what is padding. */
function stateText(fx) {
  const registers = Array.from({ length: 8 }, (_, n) =>
    hexOf(fx.subarray(32 + n * 16, 42 + n * 16)),
  );
  return [hexOf(fx.subarray(0, 5)), ...registers].join(' ');
}

/** A case and what the processor made of it, as a line. */
function recordText(test, theirs, request, at) {
  const after = startOf(test);
  const view = new DataView(after.buffer);
  for (const { address, value } of theirs.changes) {
    view.setBigUint64(address - DATA, value, true);
  }
  const { memory } = request;
  return [
    request.mnemonic,
    request.registers.join(' '),
    memory === null ? '-' : hexOf(memory),
    request.flags.toString(16),
    stateText(test.fx),
    theirs.signal === SIGFPE ? 1 : 0,
    memory === null ? '-' : hexOf(after.subarray(at, at + memory.length)),
    (theirs.flags & STATUS_FLAGS).toString(16),
    (theirs.registers[0] & 0xffffn).toString(16),
    (test.registers[0] & 0xffffn).toString(16),
    test.undefinedConditions.toString(16),
    stateText(theirs.fx),
  ].join('\t');
}

/** What our unit makes of a case, in the processor's terms; null when it is not for the unit. */
function ours(test, theirs) {
  decoder.decode(test.code, 0, test.code.length, instruction);
  const memory = startOf(test);
  const operand = operandOf(test, memory);
  if (operand === null || test.texts.length > 1) return null;
  if (theirs.signal !== SIGTRAP && theirs.signal !== SIGFPE) return null;
  const fx = Uint8Array.from(test.fx);
  const unit = new X87Unit(new X87State(new DataView(fx.buffer)));
  const request = {
    mnemonic: instruction.row.mnemonic,
    registers: instruction.operands
      .slice(0, instruction.operandCount)
      .filter(({ file, kind }) => file === 'x87' && kind === 'register')
      .map(({ register }) => register),
    memory: operand.bytes,
    flags: test.flags,
  };
  const line = values.record ? recordText(test, theirs, request, operand.at) : '';
  if (values.transcendental && !isInRange(test)) return null;
  const result = unit.execute(request);
  loosened(theirs, fx);
  const outcome = { ...theirs, line, fx, registers: [...test.registers], flags: test.flags };
  if (result.isPending) {
    outcome.signal = SIGFPE;
    outcome.trap = FLOAT_EXCEPTION;
  } else {
    outcome.signal = SIGTRAP;
    outcome.trap = 3;
  }
  if (result.flags >= 0) outcome.flags = (test.flags & ~STATUS_FLAGS) | result.flags;
  if (result.ax >= 0) {
    outcome.registers[0] = (test.registers[0] & ~0xffffn) | BigInt(result.ax);
  }
  const after = Uint8Array.from(memory);
  if (result.store !== null) after.set(result.store, operand.at);
  outcome.changes = changesOf(memory, after);
  outcome.changeCount = outcome.changes.length;
  return outcome;
}

function show(test, lines) {
  for (const line of [...describeCase(test), ...lines]) console.log(`  ${line}`);
  const control = Buffer.from(test.fx.subarray(0, 5)).toString('hex');
  console.log(`  control, status, tags: ${control}`);
  for (let n = 0; n < 8; n++) {
    const bytes = test.fx.subarray(32 + n * 16, 42 + n * 16);
    console.log(`  st(${n})=${Buffer.from(Uint8Array.from(bytes).reverse()).toString('hex')}`);
  }
}

function writeRecord(lines) {
  const header = [
    `# ${processorName()}, by tools/oracle/x86-native/runner.c`,
    `# made by: node tools/oracle/x86-x87.mjs --record --cases ${values.cases} --seed ${seed}`,
  ];
  writeFileSync(RECORD, `${[...header, ...lines].join('\n')}\n`);
}

async function main() {
  const total = Number(values.cases);
  const counts = new Map();
  const lines = [];
  let compared = 0;
  let different = 0;
  const numbers =
    values.case === undefined ? Array.from({ length: total }, (_, n) => n) : [Number(values.case)];
  for (let done = 0; done < numbers.length; done += Number(values.batch)) {
    const cases = numbers
      .slice(done, done + Number(values.batch))
      .map((number) => maker.make(seed, number));
    const results = await processor.run(cases);
    cases.forEach((test, n) => {
      const mine = ours(test, results[n]);
      if (mine === null) return;
      compared++;
      lines.push(mine.line);
      const found = differences(test, results[n], mine);
      if (found.length === 0) return;
      different++;
      const count = (counts.get(test.mnemonic) ?? 0) + 1;
      counts.set(test.mnemonic, count);
      if (count > 1 || counts.size > REPORTED) return;
      const words = only === null ? '' : ` --only ${values.only}`;
      console.log(
        `difference: node tools/oracle/x86-x87.mjs --seed ${seed} --case ${test.number}${words}`,
      );
      show(test, found);
    });
  }
  if (values.record) writeRecord(lines);
  console.log([...counts].map(([name, n]) => `${name} ${n}`).join(', '));
  console.log(
    `${compared} of ${numbers.length} cases of ${maker.rows.length} rows compared with ${processorName()}, ${different} differ (processor, ours)`,
  );
  return different;
}

try {
  process.exitCode = (await main()) === 0 ? 0 : 1;
} finally {
  processor.close();
}
