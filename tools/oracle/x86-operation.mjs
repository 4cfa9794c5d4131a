/**
 * Compares what packages/cpu says that operations compute, one instruction at a time and without
 * the engine, with the real processor; a tool of its own says which operations, and how.
 *
 *   … [--cases N] [--seed S] [--only MNEMONIC,…] [--case N] [--record]
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Decoder } from '../../packages/cpu/dist/isa/x86-64/decoder.js';
import { DecodedInstruction } from '../../packages/cpu/dist/isa/x86-64/instruction.js';
import { X86_ROWS } from '../../packages/cpu/dist/isa/x86-64/table.js';
import { CaseMaker } from './x86-cases.mjs';
import { describeCase } from './x86-compare.mjs';
import { NativeProcessor, processorFeatures, processorName } from './x86-native.mjs';

export const SIGTRAP = 5;
/** OF SF ZF AF PF CF. */
export const STATUS_FLAGS = 0x8d5;
const BATCH = 2000;
const REPORTED = 20;

export const hexOf = (bytes) => Buffer.from(bytes).toString('hex');
export const viewOf = (bytes) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const OPTIONS = {
  cases: { type: 'string', default: '20000' },
  seed: { type: 'string', default: '1' },
  only: { type: 'string' },
  case: { type: 'string' },
  record: { type: 'boolean', default: false },
};

/**
 * Runs a tool. `admits(row)` chooses instructions. `compare(test, result, operands, instruction)`
 * is asked of each case on registers alone, and gives `{ mine, expected, line }`: what we and the
 * processor computed as text, and the fields of the line that --record writes to `record`; null for
 * a case that cannot be compared.
 */
export async function compareOperations({ tool, record, admits, compare }) {
  const { values } = parseArgs({ options: OPTIONS });
  const seed = Number(values.seed);
  const only = values.only === undefined ? null : new Set(values.only.split(','));
  const maker = new CaseMaker(processorFeatures(), only, new Set(), admits);
  const processor = new NativeProcessor(CaseMaker.data(seed));
  const decoder = new Decoder(X86_ROWS);
  const instruction = new DecodedInstruction();
  const command = `node tools/oracle/${tool}`;
  const tally = new Tally((test) => `${command} --seed ${seed} --case ${test.number}`);
  const total = Number(values.cases);
  const numbers =
    values.case === undefined ? Array.from({ length: total }, (_, n) => n) : [Number(values.case)];
  try {
    for (let done = 0; done < numbers.length; done += BATCH) {
      const cases = numbers.slice(done, done + BATCH).map((number) => maker.make(seed, number));
      const results = await processor.run(cases);
      for (const [n, test] of cases.entries()) {
        decoder.decode(test.code, 0, test.code.length, instruction);
        const operands = instruction.operands.slice(0, instruction.operandCount);
        if (test.texts.length > 1 || operands.some(({ kind }) => kind === 'memory')) continue;
        tally.add(test, compare(test, results[n], operands, instruction));
      }
    }
  } finally {
    processor.close();
  }
  if (values.record) {
    const header = [
      `# ${processorName()}, by tools/oracle/x86-native/runner.c`,
      `# made by: ${command} --record --cases ${values.cases} --seed ${seed}`,
    ];
    writeFileSync(record, `${[...header, ...tally.lines].join('\n')}\n`);
  }
  console.log([...tally.counts].map(([name, count]) => `${name} ${count}`).join(', '));
  const rows = `${numbers.length} cases of ${maker.rows.length} rows`;
  const compared = `${tally.lines.length} of ${rows} compared with ${processorName()}`;
  console.log(`${compared}, ${tally.different} differ`);
  process.exitCode = tally.different === 0 ? 0 : 1;
}

/** Lines of what was compared, and how often each instruction differed. */
class Tally {
  lines = [];
  counts = new Map();

  constructor(reproducer) {
    this.reproducer = reproducer;
  }

  get different() {
    return [...this.counts.values()].reduce((sum, count) => sum + count, 0);
  }

  add(test, outcome) {
    if (outcome === null) return;
    const { mine, expected, line } = outcome;
    this.lines.push(line.join('\t'));
    if (mine === expected) return;
    const { counts } = this;
    counts.set(test.mnemonic, (counts.get(test.mnemonic) ?? 0) + 1);
    if (counts.get(test.mnemonic) > 1 || counts.size > REPORTED) return;
    console.log(`difference: ${this.reproducer(test)}`);
    for (const text of [describeCase(test)[0], line.join(' '), expected, `ours ${mine}`]) {
      console.log(`  ${text}`);
    }
  }
}
