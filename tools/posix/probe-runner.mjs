/** Builds the C probe of memory calls and runs programs on the kernel this stands on. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { release, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..');
const CASES = join(ROOT, 'test/posix/cases');
const MOST_OUTPUT_BYTES = 1 << 28;

/** Builds the probe; the path of the program. Static, so that nothing else lies where mmap does. */
export function buildProbe() {
  const program = join(mkdtempSync(join(tmpdir(), 'posix-')), 'probe');
  const source = join(ROOT, 'test/posix/probe.c');
  execFileSync('gcc', ['-O1', '-Wall', '-Wextra', '-static', '-o', program, source]);
  return program;
}

/**
 * Runs a program of cases on the kernel; what it printed.
 *
 * @param mayBeWrong  cases that are no programs end with `exit 2` instead of an Error
 */
export function runProbe(program, text, mayBeWrong = false) {
  const run = spawnSync(program, { input: text, maxBuffer: MOST_OUTPUT_BYTES, encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`the probe ended with ${run.status}: ${run.stderr}`);
  if (run.stderr !== '' && !mayBeWrong) throw new Error(run.stderr);
  return run.stdout;
}

/** Text of all rules, file by file. */
export function rulesText() {
  const files = readdirSync(CASES).filter((name) => name.endsWith('.rules'));
  return files
    .sort()
    .map((name) => readFileSync(join(CASES, name), 'utf8'))
    .join('\n');
}

export { release };
