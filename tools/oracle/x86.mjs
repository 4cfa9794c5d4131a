/**
 * Runs generated x86-64 cases on the real processor and compares them with a second run: on the
 * same processor, which shows that a case has one outcome, or under another executor of programs.
 *
 *   node tools/oracle/x86.mjs [--cases N] [--seed S] [--only MNEMONIC,…]
 *                             [--except MNEMONIC,…] [--under 'qemu-x86_64'] [--batch N]
 *                             [--case N] [--ours interpreted|compiled]
 *
 * With --ours the second one is our engine, in one of its tiers, on the rows that it lifts.
 *
 * A difference prints the instruction, its bytes, the inputs and both outcomes, and how to have it
 * again; the exit status is then 1. --case N prints one case and what became of it.
 */
import { parseArgs } from 'node:util';
import { isLifted } from '../../packages/cpu/dist/isa/x86-64/x86-isa.js';
import { CaseMaker } from './x86-cases.mjs';
import { describeCase, differences } from './x86-compare.mjs';
import { EngineProcessor } from './x86-engine.mjs';
import { leftOutBy } from './x86-left-out.mjs';
import {
  NativeProcessor,
  processorFeatures,
  processorMaker,
  processorName,
} from './x86-native.mjs';

const REPORTED = 25;

const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '20000' },
    seed: { type: 'string', default: '1' },
    batch: { type: 'string', default: '2000' },
    only: { type: 'string' },
    except: { type: 'string', default: '' },
    under: { type: 'string' },
    case: { type: 'string' },
    ours: { type: 'string' },
  },
});
const seed = Number(values.seed);
const only = values.only === undefined ? null : new Set(values.only.split(','));
const except = new Set(values.except.split(','));
const admits = values.ours === undefined ? () => true : isLifted;
const reason = leftOutBy(processorMaker());
const maker = new CaseMaker(processorFeatures(), only, except, admits, reason);
const data = CaseMaker.data(seed);
const under = values.under === undefined ? [] : values.under.split(' ');
const first = new NativeProcessor(data);
const second =
  values.ours === undefined
    ? new NativeProcessor(data, under)
    : new EngineProcessor(data, values.ours === 'compiled');

/** How often each kind of stop came, as `signal/trap`. */
const stops = new Map();
const seconds = { generating: 0, first: 0, second: 0 };

async function timed(name, work) {
  const start = performance.now();
  const result = await work();
  seconds[name] += (performance.now() - start) / 1000;
  return result;
}

function reproducer(number) {
  const words = ['node tools/oracle/x86.mjs', `--seed ${seed}`, `--case ${number}`];
  if (values.only !== undefined) words.push(`--only ${values.only}`);
  if (values.except !== '') words.push(`--except ${values.except}`);
  if (values.under !== undefined) words.push(`--under '${values.under}'`);
  if (values.ours !== undefined) words.push(`--ours ${values.ours}`);
  return words.join(' ');
}

async function compareBatch(from, count, found) {
  const cases = await timed('generating', () =>
    Array.from({ length: count }, (_, n) => maker.make(seed, from + n)),
  );
  const [ours, theirs] = [
    await timed('first', () => first.run(cases)),
    await timed('second', () => second.run(cases)),
  ];
  cases.forEach((test, n) => {
    const stop = `${ours[n].signal}/${ours[n].trap}`;
    stops.set(stop, (stops.get(stop) ?? 0) + 1);
    const lines = differences(test, ours[n], theirs[n]);
    if (lines.length > 0) found.push({ test, lines });
  });
}

function report(found) {
  const byMnemonic = new Map();
  for (const { test } of found) {
    byMnemonic.set(test.mnemonic, (byMnemonic.get(test.mnemonic) ?? 0) + 1);
  }
  const shown = new Set();
  for (const { test, lines } of found) {
    if (shown.has(test.mnemonic) || shown.size >= REPORTED) continue;
    shown.add(test.mnemonic);
    console.log(`difference: ${reproducer(test.number)}`);
    for (const line of [...describeCase(test), ...lines]) console.log(`  ${line}`);
  }
  if (byMnemonic.size > 0) {
    const counts = [...byMnemonic].sort((a, b) => b[1] - a[1]);
    console.log(counts.map(([name, n]) => `${name} ${n}`).join(', '));
  }
}

async function showCase(number) {
  const test = maker.make(seed, number);
  const [[ours], [theirs]] = [await first.run([test]), await second.run([test])];
  for (const line of describeCase(test)) console.log(line);
  const { fx, ...rest } = ours;
  console.log(rest, Buffer.from(fx.subarray(0, 416)).toString('hex'));
  for (const line of differences(test, ours, theirs)) console.log(line);
  return 0;
}

async function main() {
  if (values.case !== undefined) return showCase(Number(values.case));
  const total = Number(values.cases);
  const found = [];
  for (let done = 0; done < total; done += Number(values.batch)) {
    await compareBatch(done, Math.min(Number(values.batch), total - done), found);
  }
  report(found);
  const times = Object.entries(seconds).map(([name, s]) => `${name} ${s.toFixed(1)} s`);
  const kinds = [...stops].sort((a, b) => b[1] - a[1]).map(([kind, n]) => `${kind} ${n}`);
  console.log(`${processorName()}; signal/trap: ${kinds.join(', ')}`);
  console.log(
    `${total} cases of ${maker.rows.length} rows, second run ${values.ours ?? values.under ?? 'native'}, ${found.length} differ; ${times.join(', ')}`,
  );
  return found.length;
}

try {
  process.exitCode = (await main()) === 0 ? 0 : 1;
} finally {
  first.close();
  second.close();
}
