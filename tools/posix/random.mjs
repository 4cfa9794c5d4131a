/**
 * Runs random programs of memory calls on this kernel and on platform-posix and compares every
 * result, fault, byte and line of maps. A difference is shrunk and printed as one line.
 *
 *   node tools/posix/random.mjs [--seeds COUNT] [--first SEED] [--calls COUNT] [--differences COUNT]
 *   node tools/posix/random.mjs --record 2000   writes what the kernel gave, a number for each seed
 *   node tools/posix/random.mjs --program 'STATEMENT; STATEMENT; …'
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  parsePosixTruth,
  posixResultsHash,
  randomPosixProgram,
  runPosixProgram,
  shrinkPosixProgram,
} from '@bareheap/conformance/posix';
import { MemoryProbe } from '@bareheap/platform-posix';
import { buildProbe, ROOT, release, runProbe } from './probe-runner.mjs';

/** Programs that the probe runs at once: its output is kept in memory. */
const BATCH = 100;
const RECORDED = join(ROOT, 'test/posix/truth/linux-x86_64-random.json');

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '200' },
    first: { type: 'string', default: '1' },
    calls: { type: 'string', default: '100' },
    differences: { type: 'string', default: '5' },
    program: { type: 'string' },
    record: { type: 'string' },
  },
});
const probe = buildProbe();
let memoryBytes = 0;

/** What the kernel gave for each program. */
function onKernel(programs, mayBeWrong = false) {
  const text = programs.map((program, index) => `case ${index}\n${program.join('\n')}\n`).join('');
  const truth = parsePosixTruth(runProbe(probe, text, mayBeWrong), release());
  memoryBytes = truth.memoryBytes;
  return programs.map((_, index) => {
    const lines = truth.results[index] ?? '';
    return lines === '' ? [] : lines.split('\n');
  });
}

/** What the model gave, and what is wrong with it after. */
function onModel(program) {
  const model = MemoryProbe.make({ memoryBytes, release: release() });
  try {
    const lines = runPosixProgram(program, model);
    return [...lines, ...model.check()];
  } catch (error) {
    return { threw: error.stack };
  } finally {
    model.dispose();
  }
}

/** Where a program's results part, or null. */
function differenceOf(program, expected) {
  const actual = onModel(program);
  const last = program.length - 1;
  if (actual.threw) return { index: last, statement: program[last], actual: actual.threw };
  const most = Math.max(expected.length, actual.length);
  for (let index = 0; index < most; index++) {
    if (expected[index] === actual[index]) continue;
    return { index, statement: program[index], expected: expected[index], actual: actual[index] };
  }
  return null;
}

/** Whether a program still differs, other than by not being one any more. */
function stillDiffers(programs) {
  const results = onKernel(programs, true);
  return programs.map((program, index) => {
    const isProgram =
      program.length > 0 && !results[index].some((line) => line.startsWith('exit '));
    return isProgram && differenceOf(program, results[index]) !== null;
  });
}

/** Prints a shrunk program; or, when a difference does not come again, where it was. */
function report(program, title, first) {
  const again = differenceOf(program, onKernel([program])[0]);
  if (again === null) console.log(`${title}: only once:`);
  const { statement, expected, actual } = again ?? first;
  console.log(`${title}: ${statement}: Linux ${expected}, here ${actual}`);
  console.log(`  node tools/posix/random.mjs --program '${program.join('; ')}'`);
}

function runOne(text) {
  const program = text.split(';').map((line) => line.trim());
  const [expected] = onKernel([program]);
  const actual = onModel(program);
  if (actual.threw) throw new Error(actual.threw);
  program.forEach((line, index) => {
    const same = expected[index] === actual[index];
    console.log(
      `${same ? ' ' : '!'} ${line}: ${expected[index]}${same ? '' : ` ≠ ${actual[index]}`}`,
    );
  });
  for (const line of actual.slice(program.length)) console.log(`! ${line}`);
  return differenceOf(program, expected) === null ? 0 : 1;
}

function runSeeds() {
  const first = Number(values.first);
  const end = first + Number(values.seeds);
  const calls = Number(values.calls);
  let differences = 0;
  for (let seed = first; seed < end && differences < Number(values.differences); seed += BATCH) {
    const seeds = Array.from({ length: Math.min(BATCH, end - seed) }, (_, index) => seed + index);
    const programs = seeds.map((one) => randomPosixProgram(one, calls));
    const results = onKernel(programs);
    for (const [index, program] of programs.entries()) {
      const difference = differenceOf(program, results[index]);
      if (difference === null) continue;
      differences++;
      if (differences > Number(values.differences)) break;
      const head = program.slice(0, difference.index + 1);
      report(shrinkPosixProgram(head, stillDiffers), `seed ${seeds[index]}`, difference);
    }
  }
  console.log(`${end - first} seeds of ${calls} calls on ${release()}: ${differences} differ`);
  return differences === 0 ? 0 : 1;
}

/** Records the kernel's results for the seeds from 1; linux-random.test.ts compares. */
function recordSeeds() {
  const calls = Number(values.calls);
  const count = Number(values.record);
  const hashes = [];
  for (let seed = 1; seed <= count; seed += BATCH) {
    const seeds = Array.from({ length: Math.min(BATCH, count - seed + 1) }, (_, i) => seed + i);
    const results = onKernel(seeds.map((one) => randomPosixProgram(one, calls)));
    hashes.push(...results.map((lines) => posixResultsHash(lines).toString(16)));
  }
  const truth = { release: release(), memoryBytes, calls, hashes: hashes.join(' ') };
  writeFileSync(RECORDED, `${JSON.stringify(truth, null, 2)}\n`);
  console.log(`${hashes.length} seeds of ${calls} calls on ${release()} written`);
  return 0;
}

function main() {
  if (values.program !== undefined) return runOne(values.program);
  return values.record === undefined ? runSeeds() : recordSeeds();
}

process.exitCode = main();
