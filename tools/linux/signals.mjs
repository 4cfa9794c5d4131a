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
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { release, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const FOLDER = join(dirname(fileURLToPath(import.meta.url)), '../../test/probes/linux-signals');
const PROGRAM = join(FOLDER, 'probe.elf');
const BAREHEAP = fileURLToPath(new URL('../../apps/emu/bin/bareheap.js', import.meta.url));
const TRUTH = join(FOLDER, 'truth.txt');
/** nobody, for those who may be anybody. */
const USER = '65534';
const ATTEMPTS = 6;
/** SIGTSTP stops nobody in an orphaned process group, as a job without a terminal is: no rule. */
const BY_JOB_CONTROL = 'stop_tells_parent';
/** musl brings no headers of Linux itself: the compiler's own come after its. */
const KERNEL_HEADERS = ['/usr/include', '/usr/include/x86_64-linux-gnu'];

/** Unoptimised, so that every access that a case makes is made. */
function build(folder) {
  const program = join(folder, 'probe');
  const sources = readdirSync(FOLDER).filter((name) => name.endsWith('.c'));
  const headers = KERNEL_HEADERS.flatMap((path) => ['-idirafter', path]);
  execFileSync('musl-gcc', [...headers, '-O0', '-static', '-s', '-o', program, ...sources.sort()], {
    cwd: FOLDER,
  });
  return program;
}

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

/** The lines of each case by its name. */
function cases(text) {
  const parts = text.split(/^== /m).slice(1);
  return new Map(parts.map((part) => [part.slice(0, part.indexOf('\n')), part]));
}

/** Some cases wait for others with real time, which a busy machine may take: those run again. */
function check(program) {
  const known = cases(readFileSync(TRUTH, 'utf8'));
  known.delete(BY_JOB_CONTROL);
  let differing = [...known.keys()];
  let now = new Map();
  for (let attempt = 0; attempt < ATTEMPTS && differing.length > 0; attempt++) {
    now = cases(run(program));
    now.delete(BY_JOB_CONTROL);
    const added = [...now.keys()].filter((name) => !known.has(name));
    differing = [...differing, ...added].filter((name) => known.get(name) !== now.get(name));
  }
  for (const name of differing) {
    console.error(`known: ${known.get(name) ?? 'nothing'}\nhere:  ${now.get(name)}`);
  }
  console.log(`${now.size} cases, ${differing.length} differ`);
  return differing.length === 0 ? 0 : 1;
}

const folder = mkdtempSync(join(tmpdir(), 'probe-'));
chmodSync(folder, 0o755);
try {
  const program = build(folder);
  const [option, from, to] = process.argv.slice(2);
  if (option === '--random') {
    process.exitCode = compareRandom(program, from, to);
  } else if (option === '--check') {
    process.exitCode = check(program);
  } else {
    const fresh = run(program);
    writeFileSync(PROGRAM, readFileSync(program), { mode: 0o755 });
    writeFileSync(TRUTH, `# Linux ${release()}\n${fresh}`);
    console.log(`${cases(fresh).size} cases of ${release()} written`);
  }
} finally {
  rmSync(folder, { recursive: true });
}
