/**
 * Runs the prebuilt guests under QEMU and writes what they print and how they end into
 * test/guests/truth/<name>.<target>.json.
 *
 *   node tools/guests/record.mjs [WORD…]            record, only guests whose name.target has a WORD
 *   node tools/guests/record.mjs --check [WORD…]    compare with the recorded truth instead
 *   node tools/guests/record.mjs --check --rebuild  build afresh first: other compilers may give
 *                                                   other bytes, but not other behaviour
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildAll } from './build.mjs';
import { PREBUILT, selectedGuests, TRUTH } from './manifest.mjs';
import { TARGETS } from './targets.mjs';

const TIMEOUT_MS = 20_000;

const CONSOLE_DEVICE = ['-chardev', 'stdio,id=console,signal=off'];

/**
 * QEMU puts SYS_WRITE0 and SYS_WRITEC on stderr unless semihosting has a character device of its
 * own; from that device QEMU 7.2 reads end of file only, so input needs the plain streams.
 */
const CONSOLES = {
  semihosting: { config: ',chardev=console', rest: [...CONSOLE_DEVICE, '-serial', 'null'] },
  streams: { config: '', rest: ['-serial', 'null'] },
  uart: { config: '', rest: [...CONSOLE_DEVICE, '-serial', 'chardev:console'] },
};

function consoleOf(guest) {
  return CONSOLES[guest.console ?? (guest.stdin === undefined ? 'semihosting' : 'streams')];
}

function qemuCommand(guest, elf) {
  const target = TARGETS[guest.target];
  const { config, rest } = consoleOf(guest);
  const words = (guest.args ?? []).map((word) => `,arg=${word.replaceAll(',', ',,')}`).join('');
  const name = words === '' ? '' : `,arg=${guest.name}`;
  return [
    target.emulator,
    ['-M', guest.machine ?? target.machine, ...target.emulatorFlags, '-kernel', elf].concat(
      ['-display', 'none', '-monitor', 'none', ...rest],
      ['-semihosting-config', `enable=on,target=native${config}${name}${words}`],
    ),
  ];
}

/** Runs a command with `stdin`, and kills it when it takes too long. */
function runProcess(program, parameters, cwd, stdin) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, parameters, { cwd });
    const chunks = { stdout: [], stderr: [] };
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      child.kill('SIGKILL');
    }, TIMEOUT_MS);
    child.on('error', reject);
    child.stdin.on('error', () => {});
    child.stdout.on('data', (bytes) => chunks.stdout.push(bytes));
    child.stderr.on('data', (bytes) => chunks.stderr.push(bytes));
    child.on('close', (status, signal) => {
      clearTimeout(timer);
      const text = (name) => Buffer.concat(chunks[name]).toString('latin1');
      resolve({ status, signal, timedOut, stdout: text('stdout'), stderr: text('stderr') });
    });
    child.stdin.end(stdin);
  });
}

/** What a run says of the guest: its output, how it ended, and the files it left. */
function behaviourOf(guest, result, folder) {
  if (result.timedOut) throw new Error(`${guest.id}: no end within ${TIMEOUT_MS} ms`);
  const lockup = result.signal === 'SIGABRT' && result.stderr.includes('Lockup');
  if (result.signal !== null && !lockup) {
    throw new Error(`${guest.id}: the emulator died of ${result.signal}: ${result.stderr}`);
  }
  const behaviour = { output: result.stdout, exitStatus: lockup ? 'lockup' : result.status };
  const files = readdirSync(folder).sort();
  if (files.length > 0) {
    behaviour.files = Object.fromEntries(
      files.map((name) => [name, readFileSync(join(folder, name), 'latin1')]),
    );
  }
  return behaviour;
}

async function observe(guest, elf) {
  const folder = mkdtempSync(join(tmpdir(), 'bareheap-truth-'));
  try {
    for (const [name, text] of Object.entries(guest.files ?? {})) {
      writeFileSync(join(folder, name), text);
    }
    const [program, parameters] = qemuCommand(guest, elf);
    const result = await runProcess(program, parameters, folder, guest.stdin ?? '');
    return behaviourOf(guest, result, folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** An ELF made for several boards has to do the same on each. */
async function confirmOnOtherBoards(guest, elf, behaviour) {
  for (const machine of guest.alsoOn?.[guest.target] ?? []) {
    const there = await observe({ ...guest, machine }, elf);
    if (JSON.stringify(there) !== JSON.stringify(behaviour)) {
      throw new Error(`${guest.id}: differs on ${machine}: ${JSON.stringify(there)}`);
    }
  }
}

function truthFile(guest) {
  return join(TRUTH, `${guest.id}.json`);
}

function emulatorVersion(program) {
  return spawnSync(program, ['--version'], { encoding: 'utf8' }).stdout.split('\n')[0];
}

/** Writes the truth unless only its date would change. */
function record(guest, elf, behaviour) {
  const [program, parameters] = qemuCommand(guest, `${guest.id}.elf`);
  const truth = {
    schema: 'bareheap-guest-truth/1',
    guest: guest.name,
    target: guest.target,
    elfSha256: createHash('sha256').update(readFileSync(elf)).digest('hex'),
    ...behaviour,
    recordedBy: emulatorVersion(program),
    command: [program, ...parameters].join(' '),
  };
  const file = truthFile(guest);
  if (existsSync(file)) {
    const { date, ...old } = JSON.parse(readFileSync(file, 'utf8'));
    if (JSON.stringify(old) === JSON.stringify(truth)) return;
  }
  const date = new Date().toISOString().slice(0, 10);
  writeFileSync(file, `${JSON.stringify({ ...truth, date }, null, 2)}\n`);
}

/** One line for each part of the behaviour that differs from the recorded one. */
function differences(guest, behaviour) {
  if (!existsSync(truthFile(guest))) return [`${guest.id}: no recorded truth`];
  const truth = JSON.parse(readFileSync(truthFile(guest), 'utf8'));
  return ['output', 'exitStatus', 'files']
    .filter((part) => JSON.stringify(truth[part]) !== JSON.stringify(behaviour[part]))
    .map((part) => {
      const [was, is] = [truth[part], behaviour[part]].map((value) => JSON.stringify(value));
      return `${guest.id}: ${part}\n  recorded ${was}\n  now      ${is}`;
    });
}

/** Records one guest, or compares it; what is wrong, as lines. */
async function runGuest(guest, elf, check) {
  const behaviour = await observe(guest, elf);
  await confirmOnOtherBoards(guest, elf, behaviour);
  if (check) return differences(guest, behaviour);
  record(guest, elf, behaviour);
  return [];
}

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { check: { type: 'boolean' }, rebuild: { type: 'boolean' } },
  });
  const guests = selectedGuests(positionals);
  const folder = values.rebuild ? mkdtempSync(join(tmpdir(), 'bareheap-rebuilt-')) : PREBUILT;
  if (values.rebuild) await buildAll(guests, folder);
  mkdirSync(TRUTH, { recursive: true });
  let failures = 0;
  for (const guest of guests) {
    const wrong = await runGuest(guest, join(folder, `${guest.id}.elf`), values.check).catch(
      (error) => [error.message],
    );
    for (const line of wrong) console.log(line);
    failures += wrong.length === 0 ? 0 : 1;
  }
  if (values.rebuild) rmSync(folder, { recursive: true });
  console.log(`${guests.length} guests run, ${failures} failed`);
  process.exitCode = failures === 0 ? 0 : 1;
}

await main();
