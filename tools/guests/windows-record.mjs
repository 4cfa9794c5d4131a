/**
 * Runs the prebuilt guests of test/guests/windows under Wine and writes what they print and how
 * they end into test/guests/windows/truth/guests.json.
 *
 *   node tools/guests/windows-record.mjs [--check] [WORD…]    --check compares instead of writing
 *
 * Each run has a folder of its own; WINEPREFIX names the prefix, which a first run makes.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { WINDOWS_GUESTS, WINDOWS_PREBUILT, WINDOWS_TRUTH } from './windows-manifest.mjs';

const TIMEOUT_MS = 120_000;

/** Wine ends a process that an exception killed with that exception's low byte. */
function record(guest, environment) {
  const folder = mkdtempSync(join(tmpdir(), 'bareheap-wine-'));
  try {
    for (const file of [guest.output, ...(guest.libraries ?? [])]) {
      copyFileSync(join(WINDOWS_PREBUILT, file), join(folder, file));
    }
    const { status, stdout, stderr } = spawnSync(
      'wine',
      [guest.output, ...(guest.arguments ?? [])],
      {
        cwd: folder,
        env: { ...environment, ...guest.environment },
        input: guest.input ?? '',
        timeout: TIMEOUT_MS,
        encoding: 'latin1',
      },
    );
    // What Wine itself says of an unhandled exception is not the guest's.
    const own = stderr.replace(/^wine: .*\n|^[0-9a-f]{4}:.*\n/gm, '');
    return {
      name: guest.output,
      arguments: guest.arguments ?? [],
      environment: guest.environment ?? {},
      input: guest.input ?? '',
      status,
      stdout,
      stderr: own,
      ...(guest.documented === undefined ? {} : { documented: guest.documented }),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const { values, positionals } = parseArgs({
  options: { check: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const environment = {
  ...process.env,
  WINEDEBUG: '-all',
  DISPLAY: '',
  WINEDLLOVERRIDES: 'winedbg.exe=d',
  // Rust's panics would print stacks.
  RUST_BACKTRACE: '0',
};
const version = spawnSync('wine', ['--version'], { encoding: 'utf8' }).stdout?.trim();
if (!version) throw new Error('Wine is not installed');
const known =
  values.check || positionals.length > 0 ? JSON.parse(readFileSync(WINDOWS_TRUTH)) : null;
const runs = WINDOWS_GUESTS.filter(({ output }) => output.endsWith('.exe')).map((guest) => {
  const wanted =
    positionals.length === 0 || positionals.some((word) => guest.output.includes(word));
  if (wanted) return record(guest, environment);
  return known?.runs.find(({ name }) => name === guest.output);
});
const truth = { schema: 'bareheap-windows-truth/1', system: version, runs: runs.filter(Boolean) };
if (!values.check) writeFileSync(WINDOWS_TRUTH, `${JSON.stringify(truth, null, 2)}\n`);
else {
  const different = truth.runs.filter(
    (run) =>
      JSON.stringify(run) !== JSON.stringify(known.runs.find(({ name }) => name === run.name)),
  );
  for (const run of different) console.log(`${run.name} differs:`, run);
  process.exitCode = different.length === 0 ? 0 : 1;
}
