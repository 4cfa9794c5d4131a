/**
 * Builds the guests of test/guests/windows with Debian's mingw (gcc-mingw-w64-x86-64 and
 * g++-mingw-w64-x86-64) into test/guests/windows/prebuilt.
 *
 *   node tools/guests/windows-build.mjs [--out FOLDER] [WORD…]    only guests whose name has a WORD
 *
 * The same compilers give the same bytes: no time stamp, no machine path in debug information.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { WINDOWS_GUESTS, WINDOWS_PREBUILT, WINDOWS_SOURCES } from './windows-manifest.mjs';

const PREFIX = 'x86_64-w64-mingw32';
const FLAGS = [
  '-Wall',
  '-Wextra',
  '-Wno-unused-parameter',
  '-Wno-infinite-recursion',
  '-Wno-array-bounds',
  `-ffile-prefix-map=${WINDOWS_SOURCES}=src`,
];
const LINK_FLAGS = ['-Wl,--no-insert-timestamp', '-Wl,--build-id=none'];

const run = (command, parameters) =>
  execFileSync(command, parameters, { cwd: WINDOWS_SOURCES, stdio: 'inherit' });

/** An import library from a definition: -l for one that is bound at the start, -y at first calls. */
function importLibrary(kind, definition, folder) {
  const library = join(folder, `${definition}.a`);
  run(`${PREFIX}-dlltool`, ['-d', definition, kind, library]);
  return library;
}

const KINDS = { direct: '-l', delayed: '-y' };

/** What the compiler links by itself, with the universal C library in msvcrt's place. */
function universalFlags() {
  const at = (name) =>
    execFileSync(`${PREFIX}-gcc`, [`-print-file-name=${name}`], { encoding: 'utf8' }).trim();
  const libraries = ['mingw32', 'gcc', 'gcc_eh', 'moldname', 'mingwex', 'ucrt', 'kernel32'];
  const group = libraries.map((name) => `-l${name}`);
  const starts = [at('crt2.o'), at('crtbegin.o')];
  return ['-nostdlib', ...starts, '-Wl,--start-group', ...group, '-Wl,--end-group', at('crtend.o')];
}

const RUST_TARGET = 'x86_64-pc-windows-gnu';
const RUST_FLAGS = [
  ['--edition', '2021', '--target', RUST_TARGET],
  ['-C', `linker=${PREFIX}-gcc`, '-C', 'link-arg=-Wl,--no-insert-timestamp'],
  ['-C', 'opt-level=z', '-C', 'lto=fat', '-C', 'codegen-units=1', '-C', 'strip=symbols'],
].flat();

/** Whether a Rust compiler is there that has Windows' standard library. */
function hasRustTarget(compiler, flags) {
  const question = [...flags, '--print', 'target-libdir', '--target', RUST_TARGET];
  const { status, stdout } = spawnSync(compiler, question, { encoding: 'utf8' });
  return status === 0 && existsSync(stdout.trim());
}

/** RUSTC names the compiler, with flags when it needs some; one for Windows is seldom there. */
function buildRust(guest, out) {
  const [compiler, ...flags] = (process.env.RUSTC ?? 'rustc').split(' ');
  if (!hasRustTarget(compiler, flags)) {
    console.error(`${guest.output}: stays as it is, ${compiler} does not build for ${RUST_TARGET}`);
    return;
  }
  run(compiler, [...flags, ...RUST_FLAGS, guest.source, '-o', join(out, guest.output)]);
}

function build(guest, out, folder) {
  if (guest.source.endsWith('.rs')) {
    buildRust(guest, out);
    return;
  }
  const compiler = guest.source.endsWith('.cc') ? `${PREFIX}-g++-posix` : `${PREFIX}-gcc`;
  const flags = guest.flags.map((flag) => {
    const [kind, definition] = flag.split(':');
    return KINDS[kind] === undefined ? flag : importLibrary(KINDS[kind], definition, folder);
  });
  const output = ['-o', join(out, guest.output)];
  const last = guest.universal ? universalFlags() : [];
  run(compiler, [...FLAGS, guest.source, ...flags, ...last, ...LINK_FLAGS, ...output]);
}

const { values, positionals } = parseArgs({
  options: { out: { type: 'string', default: WINDOWS_PREBUILT } },
  allowPositionals: true,
});
const out = resolve(values.out);
mkdirSync(out, { recursive: true });
const folder = mkdtempSync(join(tmpdir(), 'bareheap-windows-'));
try {
  for (const guest of WINDOWS_GUESTS) {
    const wanted = positionals.some((word) => guest.output.includes(word));
    if (positionals.length === 0 || wanted) build(guest, out, folder);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
