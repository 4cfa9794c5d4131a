/**
 * Runs random programs of memory calls on this kernel and on platform-posix and compares every
 * result, fault, byte and line of maps. A difference is shrunk and printed as one line.
 *
 *   node tools/posix/random.mjs [--seeds COUNT] [--first SEED] [--calls COUNT] [--differences COUNT]
 *   node tools/posix/random.mjs --record 2000   writes what the kernel gave, a number for each seed
 *   node tools/posix/random.mjs --program 'STATEMENT; STATEMENT; …'
 */
import { join } from 'node:path';
import {
  parsePosixTruth,
  posixResultsHash,
  randomPosixProgram,
  runPosixProgram,
} from '@bareheap/conformance/posix';
import { MemoryProbe } from '@bareheap/platform-posix';
import { casesText, compareRandomPrograms } from '../probe/random-programs.mjs';
import { buildProbe, ROOT, release, runProbe } from './probe-runner.mjs';

const probe = buildProbe();
let memoryBytes = 0;

/** What the kernel gave for each program. */
function onKernel(programs, mayBeWrong = false) {
  const output = runProbe(probe, casesText(programs), mayBeWrong);
  const truth = parsePosixTruth(output, release());
  memoryBytes = truth.memoryBytes;
  return programs.map((_, index) => {
    const lines = truth.results[index] ?? '';
    return lines === '' ? [] : lines.split('\n');
  });
}

function onKernelSmaller(programs) {
  return onKernel(programs, true).map((lines, index) => {
    const isProgram = programs[index].length > 0 && !lines.some((line) => line.startsWith('exit '));
    return isProgram ? lines : null;
  });
}

/** What the model gave, and what is wrong with it after. */
function onModel(program) {
  const model = MemoryProbe.make({ memoryBytes, release: release() });
  try {
    return [...runPosixProgram(program, model), ...model.check()];
  } finally {
    model.dispose();
  }
}

process.exitCode = compareRandomPrograms({
  name: 'Linux',
  command: 'tools/posix/random.mjs',
  version: release,
  seeds: 200,
  // The probe's output is kept in memory.
  batch: 100,
  randomProgram: randomPosixProgram,
  run: (programs) => onKernel(programs),
  runSmaller: onKernelSmaller,
  here: onModel,
  hashOf: posixResultsHash,
  recorded: join(ROOT, 'test/posix/truth/linux-x86_64-random.json'),
  facts: () => ({ release: release(), memoryBytes }),
});
