/**
 * What the real kernel does with the Linux guests: output, status, and how often they make each
 * memory call, from `strace -f`.
 *
 *   node tools/guests/linux-record.mjs FOLDER [WORD…]           records into test/guests/linux/truth
 *   node tools/guests/linux-record.mjs --compare FOLDER [WORD…] runs both, side by side
 *   … --markdown FILE                                           writes the comparison as a document
 *
 * FOLDER has the guests as linux-build.mjs makes them. Only prebuilt guests have recorded truth:
 * what others do follows from the C library of the machine they run on.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { release, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ENVIRONMENT, LINUX_TRUTH, linuxGuests } from './linux-manifest.mjs';

export const MEMORY_CALLS = ['brk', 'mmap', 'munmap', 'mremap', 'mprotect'];
const EMULATOR = resolve(import.meta.dirname, '../../apps/emu/bin/bareheap.js');
const SIGNAL_STATUS = 128;
const SIGNALS = { SIGABRT: 6, SIGSEGV: 11, SIGBUS: 7, SIGILL: 4, SIGFPE: 8 };

function outcome({ status, signal, stdout, stderr }) {
  return {
    status: signal === null ? status : SIGNAL_STATUS + (SIGNALS[signal] ?? 0),
    stdout: stdout.toString('latin1'),
    stderr: stderr.toString('latin1'),
  };
}

function countCalls(trace) {
  const counts = Object.fromEntries(MEMORY_CALLS.map((name) => [name, 0]));
  for (const line of trace.split('\n')) {
    const name = /^(?:\d+ +)?(\w+)\(/.exec(line)?.[1];
    if (name in counts) counts[name]++;
  }
  return counts;
}

/** Runs a guest on this machine's kernel. */
export function runNative(guest, folder) {
  const scratch = mkdtempSync(join(tmpdir(), 'bareheap-native-'));
  try {
    const trace = join(scratch, 'trace');
    const options = { cwd: folder, env: ENVIRONMENT };
    const command = [`./${guest.id}`, ...guest.args];
    const ran = spawnSync(command[0], command.slice(1), options);
    // How many pieces glibc gives back of a thread's heap depends on where it lies by chance.
    spawnSync('setarch', ['-R', 'strace', '-f', '-o', trace, ...command], options);
    return { ...outcome(ran), calls: countCalls(readFileSync(trace, 'utf8')) };
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

/** Runs a guest in bareheap. */
export function runEmulated(guest, folder) {
  const scratch = mkdtempSync(join(tmpdir(), 'bareheap-emulated-'));
  try {
    const json = join(scratch, 'run.json');
    const root = guest.link === 'dynamic' ? ['--root', '/'] : [];
    const parameters = ['run', ...root, '--json', json, `./${guest.id}`, '--', ...guest.args];
    const ran = spawnSync(process.execPath, [EMULATOR, ...parameters], { cwd: folder });
    const { syscalls } = JSON.parse(readFileSync(json, 'utf8'));
    const calls = Object.fromEntries(MEMORY_CALLS.map((name) => [name, syscalls[name] ?? 0]));
    const { stderr, ...rest } = outcome(ran);
    return { ...rest, stderr: withoutOurs(stderr), calls };
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

/** Standard error without what bareheap says of a fault. */
function withoutOurs(text) {
  return text.replace(/^bareheap: [^\n]*\n( {2}[^\n]*\n)*/gm, '');
}

function differences(native, emulated) {
  const wrong = ['status', 'stdout', 'stderr'].filter((field) => native[field] !== emulated[field]);
  return [...wrong, ...MEMORY_CALLS.filter((name) => native.calls[name] !== emulated.calls[name])];
}

function row(guest, native, emulated) {
  const cell = (name) => {
    const [a, b] = [native.calls[name], emulated.calls[name]];
    return a === b ? `${a}` : `${a} / ${b}`;
  };
  const wrong = differences(native, emulated);
  const verdict = wrong.length === 0 ? 'same' : `differs: ${wrong.join(', ')}`;
  return [guest.id, native.status, ...MEMORY_CALLS.map(cell), verdict];
}

function markdown(rows) {
  const head = ['program', 'status', ...MEMORY_CALLS, 'output and status'];
  const lines = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  return `${lines.join('\n')}\n`;
}

if (process.argv[1] === import.meta.filename) {
  const { values, positionals } = parseArgs({
    options: { compare: { type: 'boolean' }, markdown: { type: 'string' } },
    allowPositionals: true,
  });
  const [folder, ...words] = positionals;
  if (folder === undefined) {
    console.error('linux-record: which folder are the guests in?');
    process.exit(2);
  }
  if (values.compare) {
    const rows = linuxGuests(words)
      .filter(({ isNative }) => isNative)
      .map((guest) => {
        const cells = row(guest, runNative(guest, folder), runEmulated(guest, folder));
        console.log(cells.join('\t'));
        return cells;
      });
    if (values.markdown !== undefined) writeFileSync(values.markdown, markdown(rows));
    const wrong = rows.filter((cells) => cells.at(-1) !== 'same').length;
    console.log(`${rows.length - wrong} the same, ${wrong} differ (Linux ${release()})`);
    process.exitCode = wrong === 0 ? 0 : 1;
  } else {
    mkdirSync(LINUX_TRUTH, { recursive: true });
    for (const guest of linuxGuests(words)) {
      if (!guest.isPrebuilt || !guest.isNative) continue;
      const truth = { system: `Linux ${release()}`, ...runNative(guest, folder) };
      writeFileSync(join(LINUX_TRUTH, `${guest.id}.json`), `${JSON.stringify(truth, null, 2)}\n`);
      console.log(guest.id);
    }
  }
}
