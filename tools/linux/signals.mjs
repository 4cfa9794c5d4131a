/**
 * Builds the probe of signals, threads and processes, and records what this kernel does with it.
 *
 *   node tools/linux/signals.mjs            writes test/probes/linux-signals/probe.elf and truth.txt
 *   node tools/linux/signals.mjs --check    says what differs from them; status 1 when something does
 *
 * Needs musl-gcc and, when run as root, setpriv: the truth is what an ordinary user sees.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { release, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const FOLDER = join(dirname(fileURLToPath(import.meta.url)), '../../test/probes/linux-signals');
const PROGRAM = join(FOLDER, 'probe.elf');
const TRUTH = join(FOLDER, 'truth.txt');
/** nobody, for those who may be anybody. */
const USER = '65534';
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

function run(program) {
  const asUser = ['--reuid', USER, '--regid', USER, '--clear-groups', program];
  const [command, words] = process.getuid() === 0 ? ['setpriv', asUser] : [program, []];
  return execFileSync(command, words, { encoding: 'utf8', cwd: tmpdir() });
}

/** The lines of each case by its name. */
function cases(text) {
  const parts = text.split(/^== /m).slice(1);
  return new Map(parts.map((part) => [part.slice(0, part.indexOf('\n')), part]));
}

function check(fresh) {
  const known = cases(readFileSync(TRUTH, 'utf8'));
  const now = cases(fresh);
  const differing = [...now.keys()].filter((name) => known.get(name) !== now.get(name));
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
  const fresh = run(program);
  if (process.argv.includes('--check')) {
    process.exitCode = check(fresh);
  } else {
    writeFileSync(PROGRAM, readFileSync(program), { mode: 0o755 });
    writeFileSync(TRUTH, `# Linux ${release()}\n${fresh}`);
    console.log(`${cases(fresh).size} cases of ${release()} written`);
  }
} finally {
  rmSync(folder, { recursive: true });
}
