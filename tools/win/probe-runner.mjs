/** Builds the C probe of Windows memory calls and runs programs on Wine. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..');
export const PROBE_FOLDER = join(ROOT, 'test/probes/win');
const COMPILER = 'x86_64-w64-mingw32-gcc';
/** Debian's wine64 is not on the path. */
const LOADERS = ['/usr/lib/wine/wine64', '/usr/bin/wine64', '/usr/bin/wine'];
const SERVER = '/usr/lib/wine/wineserver64';
const folder = mkdtempSync(join(tmpdir(), 'win-'));
const environment = {
  ...process.env,
  WINEPREFIX: process.env.WINEPREFIX ?? join(folder, 'prefix'),
  WINEDEBUG: '-all',
  DISPLAY: '',
};

function loader() {
  const found = LOADERS.find((path) => existsSync(path));
  if (found === undefined) throw new Error('wine64 is not installed');
  return found;
}

/** Tells the server of Wine something, where there is one. */
function tellServer(word) {
  if (existsSync(SERVER)) spawnSync(SERVER, [word], { env: environment, stdio: 'ignore' });
}

/** A prefix of our own has 700 MB: it goes with us. */
process.on('exit', () => {
  if (existsSync(join(folder, 'prefix'))) tellServer('-k');
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
});

/** A path for a file that lasts as long as this process. */
export function scratchFile(name) {
  return join(folder, name);
}

/** What `wine --version` says. */
export function wineVersion() {
  return execFileSync(loader(), ['--version'], { env: environment, encoding: 'utf8' }).trim();
}

/** Builds the probe; the path of the program. */
export function buildProbe() {
  const program = join(folder, 'probe.exe');
  const source = join(PROBE_FOLDER, 'probe.c');
  execFileSync(COMPILER, ['-O1', '-Wall', '-Wextra', '-o', program, source, '-lntdll']);
  return program;
}

/**
 * Runs a program of cases on Wine; what it printed. Output goes through files: services that Wine
 * starts beside the program keep what they inherit open.
 */
export function runProbe(program, text) {
  // For a minute: each start of it takes seconds.
  tellServer('-p60');
  const names = ['stdin', 'stdout', 'stderr'].map((name) => join(folder, name));
  writeFileSync(names[0], text);
  const files = names.map((name, index) => openSync(name, index === 0 ? 'r' : 'w'));
  const run = spawnSync(loader(), [program], { env: environment, stdio: files });
  for (const file of files) closeSync(file);
  const [stdout, stderr] = names.slice(1).map((name) => readFileSync(name, 'utf8'));
  if (run.status !== 0 || /^no such/m.test(stderr)) {
    const last = stdout.slice(-300);
    throw new Error(`the probe ended with ${run.status ?? run.signal}: ${stderr}\n${last}`);
  }
  return stdout.replaceAll('\r', '');
}

/** Text of all rules, file by file. */
export function rulesText() {
  const cases = join(PROBE_FOLDER, 'cases');
  return readdirSync(cases)
    .filter((name) => name.endsWith('.rules'))
    .sort()
    .map((name) => readFileSync(join(cases, name), 'utf8'))
    .join('\n');
}
