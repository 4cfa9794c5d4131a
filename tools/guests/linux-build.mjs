/**
 * Builds the Linux guests with Debian's gcc, musl-tools and nasm and the installed rustc.
 *
 *   node tools/guests/linux-build.mjs [--out FOLDER] [WORD…]
 *
 * Without --out only the prebuilt ones, into test/guests/linux/prebuilt.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { LINUX_PREBUILT, LINUX_SOURCES, linuxGuests } from './linux-manifest.mjs';

const WARNINGS = ['-Wall', '-Wextra', '-Wl,--build-id=none'];
const C_FLAGS = ['-O1', '-g0', ...WARNINGS, '-s'];
/** With symbols and lines, and every function for itself. */
const DEBUG_FLAGS = [
  '-O1',
  '-g',
  '-fno-inline',
  `-ffile-prefix-map=${LINUX_SOURCES}=src`,
  ...WARNINGS,
];
const RUST_FLAGS = ['--edition', '2021', '-C', 'opt-level=z', '-C', 'strip=symbols'];

/** The command that builds a C or Rust source, by how it is linked. */
const COMPILERS = {
  c: {
    static: ['gcc', ...C_FLAGS, '-static'],
    dynamic: ['gcc', ...C_FLAGS],
    musl: ['musl-gcc', ...C_FLAGS, '-static'],
    debug: ['musl-gcc', ...DEBUG_FLAGS, '-static'],
    split: ['musl-gcc', ...DEBUG_FLAGS, '-static', '-Wl,--build-id=sha1'],
  },
  rs: {
    static: ['rustc', ...RUST_FLAGS, '-C', 'lto', '-C', 'target-feature=+crt-static'],
    dynamic: ['rustc', ...RUST_FLAGS],
  },
};

const run = (command, parameters) =>
  execFileSync(command, parameters, { cwd: LINUX_SOURCES, stdio: 'inherit' });

function assemble(source, file) {
  const folder = mkdtempSync(join(tmpdir(), 'bareheap-linux-'));
  try {
    const object = join(folder, 'start.o');
    run('nasm', ['-f', 'elf64', '-o', object, source]);
    run('ld', ['-s', '-o', file, object]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Puts what tells of a program into a file of its own, as distributions do. */
function splitDebug(file) {
  run('objcopy', ['--only-keep-debug', '--compress-debug-sections', file, `${file}.debug`]);
  run('strip', [file]);
}

export function buildLinuxGuest(guest, folder) {
  const file = join(folder, guest.id);
  const language = guest.source.slice(guest.source.lastIndexOf('.') + 1);
  if (language === 's') {
    assemble(guest.source, file);
    return;
  }
  const [compiler, ...flags] = COMPILERS[language][guest.link];
  run(compiler, [...flags, '-o', file, guest.source, ...(guest.libraries ?? [])]);
  if (guest.link === 'split') splitDebug(file);
}

if (process.argv[1] === import.meta.filename) {
  const { values, positionals } = parseArgs({
    options: { out: { type: 'string' } },
    allowPositionals: true,
  });
  const folder = values.out === undefined ? LINUX_PREBUILT : resolve(values.out);
  mkdirSync(folder, { recursive: true });
  for (const guest of linuxGuests(positionals)) {
    if (values.out === undefined && !guest.isPrebuilt) continue;
    buildLinuxGuest(guest, folder);
    console.log(guest.id);
  }
}
