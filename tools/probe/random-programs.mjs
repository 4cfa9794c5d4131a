/**
 * Random programs of calls, on a system and in a package of ours: every line of their results is
 * compared, what differs is shrunk and printed as one line, and what the system gave is recorded.
 * tools/posix/random.mjs and tools/win/random.mjs are its commands.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { shrinkPosixProgram as shrinkProgram } from '@bareheap/conformance/posix';

/** @param seeds  how many programs are compared by default */
function readOptions(seeds) {
  return parseArgs({
    options: {
      seeds: { type: 'string', default: `${seeds}` },
      first: { type: 'string', default: '1' },
      calls: { type: 'string', default: '100' },
      differences: { type: 'string', default: '5' },
      program: { type: 'string' },
      record: { type: 'string' },
    },
  }).values;
}

/** Programs as the probe of a system reads them, a case each. */
export function casesText(programs) {
  return programs.map((program, index) => `case ${index}\n${program.join('\n')}\n`).join('');
}

/** Where the lines of a program part, or null; what threw parts at its last statement. */
function differenceOf(program, expected, actual) {
  const last = program.length - 1;
  if (actual.threw) return { index: last, statement: program[last], actual: actual.threw };
  const most = Math.max(expected.length, actual.length);
  for (let index = 0; index < most; index++) {
    if (expected[index] === actual[index]) continue;
    return { index, statement: program[index], expected: expected[index], actual: actual[index] };
  }
  return null;
}

class Comparison {
  /** @param system  see {@link compareRandomPrograms} */
  constructor(system) {
    this.system = system;
    this.options = readOptions(system.seeds);
    this.calls = Number(this.options.calls);
  }

  run() {
    const { program, record } = this.options;
    if (program !== undefined) return this.runOne(program.split(';').map((line) => line.trim()));
    return record === undefined ? this.runSeeds() : this.recordSeeds(Number(record));
  }

  runOne(program) {
    const [expected] = this.system.run([program]);
    const actual = this.here(program);
    if (actual.threw) throw new Error(actual.threw);
    program.forEach((line, index) => {
      const same = expected[index] === actual[index];
      const shown = same ? expected[index] : `${expected[index]} ≠ ${actual[index]}`;
      console.log(`${same ? ' ' : '!'} ${line}: ${shown}`);
    });
    for (const line of actual.slice(program.length)) console.log(`! ${line}`);
    return differenceOf(program, expected, actual) === null ? 0 : 1;
  }

  runSeeds() {
    const [first, count] = [Number(this.options.first), Number(this.options.seeds)];
    const most = Number(this.options.differences);
    let differences = 0;
    let compared = 0;
    for (const { seeds, programs, results } of this.batches(first, count)) {
      for (const [index, program] of programs.entries()) {
        const difference = differenceOf(program, results[index], this.here(program));
        if (difference === null || differences++ >= most) continue;
        this.report(program.slice(0, difference.index + 1), seeds[index], difference);
      }
      compared += programs.length;
      if (differences >= most) break;
    }
    const { version } = this.system;
    console.log(`${compared} seeds of ${this.calls} calls on ${version()}: ${differences} differ`);
    return differences === 0 ? 0 : 1;
  }

  /** Records the system's results for the seeds from 1; a test of the package compares. */
  recordSeeds(count) {
    const { hashOf, facts, recorded, version } = this.system;
    const hashes = [];
    for (const { results } of this.batches(1, count)) {
      hashes.push(...results.map((lines) => hashOf(lines).toString(16)));
    }
    const truth = { ...facts(), calls: this.calls, hashes: hashes.join(' ') };
    writeFileSync(recorded, `${JSON.stringify(truth, null, 2)}\n`);
    console.log(`${hashes.length} seeds of ${this.calls} calls on ${version()} written`);
    return 0;
  }

  /** Programs of the seeds from `first` on, with what the system gave for them. */
  *batches(first, count) {
    const { batch, randomProgram, run } = this.system;
    for (let seed = first; seed < first + count; seed += batch) {
      const length = Math.min(batch, first + count - seed);
      const seeds = Array.from({ length }, (_, index) => seed + index);
      const programs = seeds.map((one) => randomProgram(one, this.calls));
      yield { seeds, programs, results: run(programs) };
    }
  }

  here(program) {
    try {
      return this.system.here(program);
    } catch (error) {
      return { threw: error.stack };
    }
  }

  /** Prints a shrunk program; or, when a difference does not come again, where it was. */
  report(program, seed, first) {
    const { name, command, run } = this.system;
    const small = shrinkProgram(program, (programs) => this.stillDiffer(programs));
    const again = differenceOf(small, run([small])[0], this.here(small));
    if (again === null) console.log(`seed ${seed}: only once:`);
    const { statement, expected, actual } = again ?? first;
    console.log(`seed ${seed}: ${statement}: ${name} ${expected}, here ${actual}`);
    console.log(`  node ${command} --program '${small.join('; ')}'`);
  }

  /** Whether smaller programs still differ, other than by not being ones any more. */
  stillDiffer(programs) {
    const results = this.system.runSmaller(programs);
    return programs.map((program, index) => {
      const expected = results[index];
      return expected !== null && differenceOf(program, expected, this.here(program)) !== null;
    });
  }
}

/**
 * Compares or records as the command line says; the status to end with.
 *
 * @param system.name           of the system, before what it gave
 * @param system.command        path of the tool, for what reproduces a difference
 * @param system.version        () => the system and its version
 * @param system.seeds          programs that are compared by default
 * @param system.batch          programs that the probe runs at once
 * @param system.randomProgram  (seed, calls) => the statements of a program
 * @param system.run            (programs) => the lines that the system gave for each
 * @param system.runSmaller     the same; null for each that is no program any more
 * @param system.here           (program) => the lines that the package gives
 * @param system.hashOf         (lines) => the number that is recorded of them
 * @param system.recorded       path of the record
 * @param system.facts          () => what else the record has, about the system
 */
export function compareRandomPrograms(system) {
  return new Comparison(system).run();
}
