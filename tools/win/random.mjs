/**
 * Runs random programs of Windows' memory and heap calls on Wine and on platform-win and compares
 * every result, error code, exception, byte and region. A difference is shrunk and printed as one
 * line.
 *
 *   node tools/win/random.mjs [--seeds COUNT] [--first SEED] [--calls COUNT] [--differences COUNT]
 *   node tools/win/random.mjs --record 2000   writes what Wine gave, a number for each seed
 *   node tools/win/random.mjs --program 'STATEMENT; STATEMENT; …'
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { shrinkPosixProgram as shrinkProgram } from '@bareheap/conformance/posix';
import {
  differenceOf,
  parseWinResults,
  randomWinProgram,
  runProbeProgram,
  winResultsHash,
} from '@bareheap/platform-win';
import { buildProbe, PROBE_FOLDER, runProbe, wineVersion } from './probe-runner.mjs';

/** Programs that the probe runs at once. */
const BATCH = 70;
const RECORDED = join(PROBE_FOLDER, 'truth/wine-random.json');

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '70' },
    first: { type: 'string', default: '1' },
    calls: { type: 'string', default: '100' },
    differences: { type: 'string', default: '5' },
    program: { type: 'string' },
    record: { type: 'string' },
  },
});
const probe = buildProbe();

/** What Wine gave for each program; what is no program gives null. */
function onWine(programs) {
  const text = programs.map((program, index) => `case ${index}\n${program.join('\n')}\n`).join('');
  const results = parseWinResults(runProbe(probe, text));
  return programs.map((_, index) => (results[index] ?? '').split('\n'));
}

/** What the package gave, or what it threw as its only line. */
function here(program) {
  try {
    return runProbeProgram(program);
  } catch (error) {
    return [error.stack];
  }
}

/** Whether smaller programs still differ; one that names what it did not make is none. */
function stillDiffers(programs) {
  return programs.map((program) => {
    if (program.length === 0) return false;
    try {
      const [expected] = onWine([program]);
      return differenceOf(program, expected, here(program)) !== null;
    } catch {
      return false;
    }
  });
}

function report(program, title) {
  const small = shrinkProgram(program, stillDiffers);
  console.log(`${title}: ${differenceOf(small, onWine([small])[0], here(small))}`);
  console.log(`  node tools/win/random.mjs --program '${small.join('; ')}'`);
}

function runOne(text) {
  const program = text.split(';').map((line) => line.trim());
  const [expected] = onWine([program]);
  const actual = here(program);
  program.forEach((line, index) => {
    const same = expected[index] === actual[index];
    const shown = same ? expected[index] : `${expected[index]} ≠ ${actual[index]}`;
    console.log(`${same ? ' ' : '!'} ${line}: ${shown}`);
  });
  for (const line of actual.slice(program.length)) console.log(`! ${line}`);
  return differenceOf(program, expected, actual) === null ? 0 : 1;
}

function* batches(first, count) {
  for (let seed = first; seed < first + count; seed += BATCH) {
    yield Array.from({ length: Math.min(BATCH, first + count - seed) }, (_, index) => seed + index);
  }
}

function runSeeds() {
  const count = Number(values.seeds);
  let differing = 0;
  let statements = 0;
  for (const seeds of batches(Number(values.first), count)) {
    const programs = seeds.map((seed) => randomWinProgram(seed, Number(values.calls)));
    const results = onWine(programs);
    for (const [index, program] of programs.entries()) {
      statements += program.length;
      if (differenceOf(program, results[index], here(program)) === null) continue;
      if (differing++ >= Number(values.differences)) continue;
      console.log(`seed ${seeds[index]}: ${differenceOf(program, results[index], here(program))}`);
      report(program, '  shrunk');
    }
    if (differing >= Number(values.differences)) break;
  }
  console.log(`${statements} statements on ${wineVersion()}: ${differing} seeds differ`);
  return differing === 0 ? 0 : 1;
}

/** Records Wine's results for the seeds from 1; win-random.test.ts compares. */
function recordSeeds() {
  const calls = Number(values.calls);
  const hashes = [];
  for (const seeds of batches(1, Number(values.record))) {
    const results = onWine(seeds.map((seed) => randomWinProgram(seed, calls)));
    hashes.push(...results.map((lines) => winResultsHash(lines).toString(16)));
  }
  const truth = { system: wineVersion(), calls, hashes: hashes.join(' ') };
  writeFileSync(RECORDED, `${JSON.stringify(truth, null, 2)}\n`);
  console.log(`${hashes.length} seeds of ${calls} calls on ${truth.system} written`);
  return 0;
}

function main() {
  if (values.program !== undefined) return runOne(values.program);
  return values.record === undefined ? runSeeds() : recordSeeds();
}

process.exitCode = main();
