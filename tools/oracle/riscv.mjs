/**
 * Compares the RISC-V translator with QEMU on random instruction sequences.
 *
 *   node tools/oracle/riscv.mjs [--cases N] [--seed S] [--float 0|32|64] [--tier interpreted|compiled|both]
 *                               [--encodings] [--batch N] [--keep-going]
 *
 * --encodings runs every 16-bit encoding instead of random sequences. On a difference the exit
 * status is 1 and one instruction is named: bytes, mnemonic, inputs, both outcomes, and the seed
 * and number of the case.
 */
import { parseArgs } from 'node:util';
import { CaseMaker } from './riscv-cases.mjs';
import { batchLayout, Comparison, describeDifference, outcome } from './riscv-compare.mjs';
import { RiscvEngine } from './riscv-engine.mjs';
import { RiscvQemu } from './riscv-qemu.mjs';
import { shrink } from './riscv-shrink.mjs';

const REPORTED = 5;
/** With only every 32nd slot in use, compressed jumps of any offset stay in landing pads. */
const SPARSE = 32;

const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '20000' },
    seed: { type: 'string', default: '1' },
    batch: { type: 'string', default: '2000' },
    tier: { type: 'string', default: 'both' },
    float: { type: 'string', default: '0' },
    encodings: { type: 'boolean', default: false },
    'keep-going': { type: 'boolean', default: false },
  },
});
const seed = Number(values.seed);
const tiers = values.tier === 'both' ? ['interpreted', 'compiled'] : [values.tier];
const floatLength = Number(values.float);
const qemu = new RiscvQemu();
const engine = new RiscvEngine(floatLength);
const comparison = new Comparison(qemu, engine, tiers);

/** Batches of random cases: `number` is the case's number over the whole run. */
function* randomBatches() {
  const total = Number(values.cases);
  const size = Math.min(total, Number(values.batch));
  const layout = batchLayout(size, floatLength);
  const maker = new CaseMaker(engine.isa, layout);
  for (let first = 0; first < total; first += size) {
    const count = Math.min(size, total - first);
    const cases = Array.from({ length: size }, (_, n) =>
      n < count ? maker.sequence(seed + Math.floor(first / size), n) : null,
    );
    yield {
      layout,
      cases,
      count,
      name: (n) =>
        `--float ${floatLength} --seed ${seed + Math.floor(first / size)} --cases ${size} --batch ${size}, case ${n}`,
    };
  }
}

/** Every 16-bit encoding once but jumps to themselves; those that jump far apart from each other. */
function* encodingBatches() {
  const size = 16384;
  const layout = batchLayout(size, floatLength);
  const maker = new CaseMaker(engine.isa, layout);
  const isJump = (bits) => engine.isa.rowOf(bits)?.operands.includes('.imm') ?? false;
  const all = Array.from({ length: 65536 }, (_, bits) => bits).filter(
    (bits) => (bits & 3) !== 3 && !engine.isa.describe(bits).endsWith('.+0'),
  );
  const groups = [
    { encodings: all.filter((bits) => !isJump(bits)), stride: 1 },
    { encodings: all.filter(isJump), stride: SPARSE },
  ];
  for (const { encodings, stride } of groups) {
    const perBatch = size / stride;
    for (let first = 0; first < encodings.length; first += perBatch) {
      const cases = new Array(size).fill(null);
      const part = encodings.slice(first, first + perBatch);
      part.forEach((bits, n) => {
        cases[n * stride] = maker.encoding(seed, n * stride, bits);
      });
      yield {
        layout,
        cases,
        count: part.length,
        name: (n) =>
          `--float ${floatLength} --encodings --seed ${seed}, encoding 0x${part[n / stride]?.toString(16)}`,
      };
    }
  }
}

async function main() {
  const start = performance.now();
  let done = 0;
  let different = 0;
  for (const batch of values.encodings ? encodingBatches() : randomBatches()) {
    const { layout, cases, count, name } = batch;
    const { theirs, results } = await comparison.run(cases, layout);
    done += count;
    const found = new Set(results.flatMap((result) => result.found));
    for (const index of [...found].slice(0, REPORTED)) {
      const where = results.find((result) => result.found.includes(index));
      console.log(`difference: ${name(index)}, ${where.tier}`);
      const both = [where.ours, theirs].map((image) => outcome(image, layout, index));
      for (const line of describeDifference(...both)) console.log(`  ${line}`);
      if (cases[index] === null) continue;
      const { lines } = await shrink(comparison, engine.isa, cases[index], index, layout);
      console.log(lines.map((line) => `  ${line}`).join('\n'));
    }
    different += found.size;
    if (found.size > 0 && !values['keep-going']) break;
    if (process.stderr.isTTY) process.stderr.write(`${done} cases, ${different} differ\r`);
  }
  const seconds = (performance.now() - start) / 1000;
  const parts = Object.entries(comparison.seconds).map(([name, s]) => `${name} ${s.toFixed(1)} s`);
  console.log(
    `${done} cases (${tiers.join(', ')}; ${qemu.version()}), ${different} differ, ${seconds.toFixed(1)} s: ${parts.join(', ')}`,
  );
  return different === 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} finally {
  qemu.close();
}
