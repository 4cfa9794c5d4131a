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
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { release, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const FOLDER = join(dirname(fileURLToPath(import.meta.url)), '../../test/probes/linux-files');
const PROGRAM = join(FOLDER, 'probe.elf');
const HOSTILE = join(FOLDER, 'hostile/hostile.elf');
const TRUTH = join(FOLDER, 'truth.txt');
/** The user and group that a guest has, for those who may be anybody. */
const USER = '1000';
/** musl brings no headers of Linux itself: the compiler's own come after its. */
const KERNEL_HEADERS = ['/usr/include', '/usr/include/x86_64-linux-gnu'];

function build(folder) {
  const program = join(folder, 'probe');
  const sources = readdirSync(FOLDER).filter((name) => name.endsWith('.c'));
  return compile(program, FOLDER, sources.sort());
}

/** What tries to get out is built only: there is nothing that Linux would do instead. */
function buildHostile(folder) {
  return compile(join(folder, 'hostile'), join(FOLDER, 'hostile'), ['hostile.c']);
}

function compile(program, cwd, sources) {
  const headers = KERNEL_HEADERS.flatMap((path) => ['-idirafter', path]);
  const options = ['-O1', '-w', '-static', '-s', '-o', program];
  execFileSync('musl-gcc', [...headers, ...options, ...sources], { cwd });
  return program;
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
  const fresh = run(program, folder);
  if (process.argv.includes('--check')) {
    process.exitCode = check(fresh);
  } else {
    writeFileSync(PROGRAM, readFileSync(program), { mode: 0o755 });
    writeFileSync(HOSTILE, readFileSync(buildHostile(folder)), { mode: 0o755 });
    writeFileSync(TRUTH, `# Linux ${release()}\n${fresh}`);
    console.log(`${cases(fresh).size} cases of ${release()} written`);
  }
} finally {
  rmSync(folder, { recursive: true });
}
