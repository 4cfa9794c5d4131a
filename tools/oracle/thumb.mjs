/**
 * Random Thumb instruction sequences on this project's engine and under QEMU, compared.
 *
 *   node tools/oracle/thumb.mjs --core m0|m3|m4 [--cases N] [--seed S] [--compiled] [--length N]
 *                               [--row MNEMONIC] [--raw] [--keep]
 *
 * --raw draws single encodings from all bit patterns; --keep goes on after a difference.
 * Half of the cases are single instructions, each row of the table in turn; the others sequences of
 * two to eight. On a difference it prints the instruction, its bytes, the input, both outputs and
 * the seed, and exits with 1. Needs qemu-system-arm and binutils for arm-none-eabi.
 */
import { parseArgs } from 'node:util';
import { CaseMaker } from './thumb-cases.mjs';
import { describeInput, differences, unusable } from './thumb-compare.mjs';
import { ThumbEngine } from './thumb-engine.mjs';
import { ThumbQemu } from './thumb-qemu.mjs';
import { instructionsOf, shrink } from './thumb-shrink.mjs';

const BATCH = 20_000;
const { values } = parseArgs({
  options: {
    core: { type: 'string', default: 'm4' },
    cases: { type: 'string', default: '20000' },
    seed: { type: 'string', default: '1' },
    length: { type: 'string', default: '8' },
    row: { type: 'string' },
    compiled: { type: 'boolean', default: false },
    raw: { type: 'boolean', default: false },
    show: { type: 'string', default: '5' },
    keep: { type: 'boolean', default: false },
  },
});
const { core, row: only } = values;
const wanted = Number(values.cases);
const maker = new CaseMaker(core, Number(values.seed));
const engine = new ThumbEngine(core);
const compiledEngine = values.compiled ? new ThumbEngine(core, true) : null;
const qemu = new ThumbQemu(core);
const rows = maker.rows.filter(({ mnemonic }) => only === undefined || mnemonic === only);
const perRow = new Map(rows.map((row) => [row, { made: 0, used: 0 }]));
const dropped = new Map();
let turn = 0;
let instructionCount = 0;

function makeOne() {
  const single = turn % 2 === 0 || values.length === '1';
  const row = values.raw
    ? null
    : single || only !== undefined
      ? rows[(turn >> 1) % rows.length]
      : null;
  turn++;
  const length = single ? 1 : 2 + maker.random.below(Number(values.length) - 1);
  const draft = values.raw ? maker.makeRaw() : maker.make(length, row);
  if (row !== null) perRow.get(row).made++;
  if (draft === null) return null;
  const ours = engine.run(draft.record);
  const why = unusable(ours) ?? (ranIntoPc(ours) ? 'pc operand' : null);
  if (why !== null) {
    dropped.set(why, (dropped.get(why) ?? 0) + 1);
    return null;
  }
  if (row !== null) perRow.get(row).used++;
  instructionCount += ours.steps;
  return { record: draft.record, ours };
}

/** A jump into the middle of an instruction can meet encodings that only QEMU takes. */
function ranIntoPc({ what, value }) {
  return what === 'undefined-instruction' && maker.misusesPc(value, value >>> 0 > 0xffff);
}

function makeBatch(count) {
  const batch = [];
  for (let tries = 0; batch.length < count && tries < count * 20; tries++) {
    const one = makeOne();
    if (one !== null) batch.push(one);
  }
  return batch;
}

async function report(record, tier) {
  const tested = tier === 'compiled' ? compiledEngine : engine;
  const small = await shrink(core, tested, qemu, record);
  const [result] = await qemu.run([small]);
  console.log(`difference (core ${core}, seed ${values.seed}, ${tier}):`);
  for (const { at, bits, isWide } of instructionsOf(small)) {
    const text = (bits >>> 0).toString(16).padStart(isWide ? 8 : 4, '0');
    console.log(`  ${at.toString(16)}: ${text}  ${maker.isa.describe(bits, isWide)}`);
  }
  console.log(`  input: ${describeInput(small)}`);
  const ours = tested.run(small);
  console.log(`  ours ends with ${ours.what} at 0x${(ours.pc >>> 0).toString(16)}`);
  for (const line of differences(core, ours, result)) console.log(`  ${line}`);
}

let failures = 0;
async function compare(batch, all) {
  let results = all;
  for (const [n, { record, ours }] of batch.entries()) {
    let tier = 'interpreted';
    let found = differences(core, ours, results[n]);
    if (found.length > 0 && !(await differsAlone(record, ours))) {
      const text = instructionsOf(batch[Math.max(0, n - 1)].record).map(
        ({ bits, isWide }) => `${(bits >>> 0).toString(16)} ${maker.isa.describe(bits, isWide)}`,
      );
      console.log(`QEMU is not itself any more after: ${text.join('; ')}`);
      const rest = await qemu.run(batch.slice(n).map((one) => one.record));
      results = [...results.slice(0, n), ...rest];
      found = differences(core, ours, results[n]);
    }
    if (found.length === 0 && compiledEngine !== null) {
      tier = 'compiled';
      found = differences(core, compiledEngine.run(record), results[n]);
    }
    if (found.length === 0) continue;
    failures++;
    if (failures <= Number(values.show)) await report(record, tier);
    if (!values.keep) return;
  }
}

async function differsAlone(record, ours) {
  const [result] = await qemu.run([record]);
  return differences(core, ours, result).length > 0;
}

const started = Date.now();
let done = 0;
let batch = makeBatch(Math.min(BATCH, wanted));
while (batch.length > 0 && (failures === 0 || values.keep)) {
  const running = qemu.run(batch.map(({ record }) => record));
  const remaining = wanted - done - batch.length;
  const next = remaining > 0 ? makeBatch(Math.min(BATCH, remaining)) : [];
  await compare(batch, await running);
  done += batch.length;
  batch = next;
}
qemu.close();

const never = [...perRow].filter(([, { made, used }]) => made > 0 && used === 0);
for (const [row] of never) console.log(`never usable: ${row.mnemonic} ${row.operands}`);
const drops = [...dropped].map(([why, count]) => `${why} ${count}`).join(', ');
console.log(
  `${core}: ${done} sequences, ${instructionCount} instructions, ${failures} differences, ` +
    `${((Date.now() - started) / 1000).toFixed(1)} s; left out: ${drops || 'none'}; seed ${values.seed}`,
);
process.exit(failures > 0 || never.length > 0 ? 1 : 0);
