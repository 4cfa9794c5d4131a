/**
 * Builds the probe of signals, threads and processes, and records what this kernel does with it.
 *
 *   node tools/linux/signals.mjs            writes test/probes/linux-signals/probe.elf and truth.txt
 *   node tools/linux/signals.mjs --check    says what differs from them; status 1 when something does
 *   node tools/linux/signals.mjs --random FROM TO
 *                                           random sequences of calls here and in bareheap, by seed
 *
 * Needs musl-gcc and, when run as root, setpriv: the truth is what an ordinary user sees.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { release, setPriority, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildProbe, checkCases, probeCases } from './probe-cases.mjs';

const FOLDER = join(dirname(fileURLToPath(import.meta.url)), '../../test/probes/linux-signals');
const PROGRAM = join(FOLDER, 'probe.elf');
const BAREHEAP = fileURLToPath(new URL('../../apps/emu/bin/bareheap.js', import.meta.url));
const TRUTH = join(FOLDER, 'truth.txt');
/** nobody, for those who may be anybody. */
const USER = '65534';
const ATTEMPTS = 6;
/** SIGTSTP stops nobody in an orphaned process group, as a job without a terminal is: no rule. */
const BY_JOB_CONTROL = 'stop_tells_parent';

/** Unoptimised, so that every access that a case makes is made. */
const FLAGS = ['-O0'];

function run(program, words = []) {
  const asUser = ['--reuid', USER, '--regid', USER, '--clear-groups', program, ...words];
  const [command, all] = process.getuid() === 0 ? ['setpriv', asUser] : [program, words];
  // The status of a program that is told to execute a mode is 3.
  const { stdout, status } = spawnSync(command, all, { encoding: 'utf8', cwd: tmpdir() });
  if (status !== 0 && status !== 3) throw new Error(`${command} ended with ${status}`);
  return stdout;
}

/** Random sequences of calls on signals, natively and in bareheap: how many seeds differ. */
function compareRandom(program, from, to) {
  const mode = ['@random', from, to];
  const here = run(program, mode).split('\n');
  const guest = spawnSync(process.execPath, [BAREHEAP, 'run', program, '--', ...mode], {
    encoding: 'utf8',
  });
  const ours = guest.stdout.split('\n');
  const differing = here.filter((line, index) => line !== ours[index]);
  for (const line of differing) console.error(`differs: ${line} (run @random SEED for its calls)`);
  console.log(`${here.length - 1} seeds, ${differing.length} differ`);
  return differing.length === 0 ? 0 : 1;
}

// A case tells of niceness from 0 on, however nice who runs this is.
if (process.getuid() === 0) setPriority(0);
const folder = mkdtempSync(join(tmpdir(), 'probe-'));
chmodSync(folder, 0o755);
try {
  const program = buildProbe(join(folder, 'probe'), FOLDER, FLAGS);
  const [option, from, to] = process.argv.slice(2);
  if (option === '--random') {
    process.exitCode = compareRandom(program, from, to);
  } else if (option === '--check') {
    const options = { attempts: ATTEMPTS, without: [BY_JOB_CONTROL] };
    process.exitCode = checkCases(TRUTH, () => run(program), options);
  } else {
    const fresh = run(program);
    writeFileSync(PROGRAM, readFileSync(program), { mode: 0o755 });
    writeFileSync(TRUTH, `# Linux ${release()}\n${fresh}`);
    console.log(`${probeCases(fresh).size} cases of ${release()} written`);
  }
} finally {
  rmSync(folder, { recursive: true });
}
