/**
 * Records how strace prints the calls of test/probes/strace/calls.c, with the words and bytes that
 * each call had: truth for packages/machine/src/linux/strace.
 *
 *   node tools/linux/strace-record.mjs     writes test/probes/strace/calls.{log,strace} and
 *                                          scene.{elf,strace}, of a program of several processes
 *
 * Needs gcc and strace 6.1 (Debian 12). Dates, process ids and random bytes differ from one record
 * to the next; the words and the text of one record belong together.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../../test/probes/strace/', import.meta.url));

/** The lines between the probe's two marks. */
function traced(text) {
  const lines = text.split('\n');
  const begin = lines.findIndex((line) => line.startsWith('write(-1, "begin"'));
  const end = lines.findIndex((line) => line.startsWith('write(-1, "end"'));
  if (begin < 0 || end < begin) throw new Error('the trace has no marks');
  return lines.slice(begin + 1, end).filter((line) => !line.startsWith('---'));
}

/** Builds the scene without any library and traces all its processes. */
function recordScene(folder) {
  const flags = ['-O1', '-static', '-nostdlib', '-no-pie', '-s', '-Wl,--build-id=none'];
  const plain = ['-fno-stack-protector', '-fno-asynchronous-unwind-tables'];
  const program = join(FOLDER, 'scene.elf');
  execFileSync('gcc', [...flags, ...plain, '-o', program, join(FOLDER, 'scene.c')]);
  const output = join(folder, 'scene');
  spawnSync('strace', ['-f', '-o', output, program], {
    stdio: 'ignore',
    timeout: 60_000,
    killSignal: 'SIGKILL',
  });
  const text = readFileSync(output, 'utf8').replace(
    /^(\d+ +execve\(")[^"]*(", \[")[^"]*"/,
    '$1scene$2scene"',
  );
  writeFileSync(join(FOLDER, 'scene.strace'), text);
  console.log(`${text.trimEnd().split('\n').length} lines of the scene written`);
}

const folder = mkdtempSync(join(tmpdir(), 'strace-record-'));
try {
  const probe = join(folder, 'calls');
  execFileSync('gcc', ['-O1', '-static', '-no-pie', '-o', probe, join(FOLDER, 'calls.c')]);
  const inside = join(folder, 'folder');
  mkdirSync(inside);
  const strace = ['-R', 'strace', '-o', '../trace', probe, '../log'];
  execFileSync('setarch', strace, {
    cwd: inside,
    stdio: 'ignore',
    timeout: 60_000,
    killSignal: 'SIGKILL',
  });
  const lines = traced(readFileSync(join(folder, 'trace'), 'utf8'));
  copyFileSync(join(folder, 'log'), join(FOLDER, 'calls.log'));
  writeFileSync(join(FOLDER, 'calls.strace'), `${lines.join('\n')}\n`);
  console.log(`${lines.length} lines written`);
  recordScene(folder);
} finally {
  rmSync(folder, { recursive: true });
}
