/**
 * Builds the probe of calls on files, and records what this kernel does with it.
 *
 *   node tools/linux/files.mjs            writes probe.elf, hostile.elf and truth.txt
 *   node tools/linux/files.mjs --check    says what differs from them; status 1 when something does
 *
 * Needs musl-gcc and, when run as root, setpriv: the truth is what an ordinary user sees.
 */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { release, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildProbe, checkCases, compileProbe, probeCases } from './probe-cases.mjs';

const FOLDER = join(dirname(fileURLToPath(import.meta.url)), '../../test/probes/linux-files');
const PROGRAM = join(FOLDER, 'probe.elf');
const HOSTILE = join(FOLDER, 'hostile/hostile.elf');
const TRUTH = join(FOLDER, 'truth.txt');
/** The user and group that a guest has, for those who may be anybody. */
const USER = '1000';
const FLAGS = ['-O1', '-w'];

/** What tries to get out is built only: there is nothing that Linux would do instead. */
function buildHostile(folder) {
  return compileProbe(join(folder, 'hostile'), join(FOLDER, 'hostile'), ['hostile.c'], FLAGS);
}

/** Runs the cases in an empty folder of the user's own. */
function run(program, folder) {
  const cwd = join(folder, 'run');
  mkdirSync(cwd);
  if (process.getuid() === 0) chownSync(cwd, Number(USER), Number(USER));
  const asUser = ['--reuid', USER, '--regid', USER, '--clear-groups', program];
  const [command, words] = process.getuid() === 0 ? ['setpriv', asUser] : [program, []];
  return execFileSync(command, words, { encoding: 'utf8', cwd, input: '' });
}

const folder = mkdtempSync(join(tmpdir(), 'probe-'));
chmodSync(folder, 0o755);
try {
  const program = buildProbe(join(folder, 'probe'), FOLDER, FLAGS);
  if (process.argv.includes('--check')) {
    process.exitCode = checkCases(TRUTH, () => run(program, folder));
  } else {
    const fresh = run(program, folder);
    writeFileSync(PROGRAM, readFileSync(program), { mode: 0o755 });
    writeFileSync(HOSTILE, readFileSync(buildHostile(folder)), { mode: 0o755 });
    writeFileSync(TRUTH, `# Linux ${release()}\n${fresh}`);
    console.log(`${probeCases(fresh).size} cases of ${release()} written`);
  }
} finally {
  rmSync(folder, { recursive: true });
}
