/**
 * Builds the guests of test/guests/guests.json with Debian's cross compilers into
 * test/guests/prebuilt/<name>.<target>.elf.
 *
 *   node tools/guests/build.mjs [--out FOLDER] [WORD…]    only guests whose name.target has a WORD
 *
 * The same compilers give the same bytes: no build id, no machine path in the debug information.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { GUESTS_FOLDER, PREBUILT, selectedGuests } from './manifest.mjs';
import { LIBRARIES, TARGETS } from './targets.mjs';

const run = promisify(execFile);

const FLAGS = [
  '-std=gnu11',
  '-g',
  '-Wall',
  '-Wextra',
  '-Wno-unused-parameter',
  '-Ilib',
  '-fno-common',
  '-ffunction-sections',
  '-fdata-sections',
  '-fno-builtin-malloc',
  '-Wl,--gc-sections',
  '-Wl,--build-id=none',
  '-Wl,-z,max-page-size=16',
  '-Wl,--no-warn-rwx-segments',
  '-Llink',
];

/** The sources of a library entry: a path, or one path for each kind of console. */
function sourcesFor(library, guest) {
  return library.sources.map((source) =>
    typeof source === 'string' ? source : source[guest.console ?? 'semihosting'],
  );
}

/** The compiler and its arguments for one guest. */
export function command(guest, output) {
  const target = TARGETS[guest.target];
  const library = LIBRARIES[target.library ?? guest.libc];
  const heap = guest.heapSize === undefined ? [] : [`-Wl,--defsym=__heap_size=${guest.heapSize}`];
  const cxx = guest.sources.some((source) => source.endsWith('.cc'));
  return [
    target.compiler,
    [
      ...target.flags,
      ...FLAGS.filter((flag) => !(cxx && flag.startsWith('-std='))),
      guest.optimise ?? '-Os',
      // Assembly sources heed only the second: GCC 12 does not pass the first to the assembler.
      `-ffile-prefix-map=${GUESTS_FOLDER}=.`,
      `-fdebug-prefix-map=${GUESTS_FOLDER}=.`,
      ...library.flags,
      ...(guest.flags ?? []),
      ...(guest.targetFlags?.[guest.target] ?? []),
      ...(target.startup === undefined ? [] : [`-T${guest.target}.ld`, target.startup]),
      ...heap,
      ...sourcesFor(library, guest),
      ...guest.sources,
      ...(guest.libraries ?? []),
      ...library.libraries,
      '-o',
      output,
    ],
  ];
}

/** Copies of C library archives without debug information, made when first asked for. */
class StrippedArchives {
  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), 'bareheap-guests-'));
    this.copies = new Map();
  }

  copy(archive, objcopy) {
    if (!this.copies.has(archive)) this.copies.set(archive, this.strip(archive, objcopy));
    return this.copies.get(archive);
  }

  async strip(archive, objcopy) {
    const copy = join(this.folder, `${this.copies.size}-${basename(archive)}`);
    await run(objcopy, ['--strip-debug', archive, copy]);
    return copy;
  }

  close() {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/**
 * Builds one guest into `folder`; what the compiler says is passed on. Linked twice: the first
 * link tells which archives of the C library were used, the second takes them without their debug
 * information, some 300 KB of Debian's newlib in each program.
 */
async function build(guest, folder, archives) {
  const [compiler, parameters] = command(guest, join(folder, `${guest.id}.elf`));
  const options = { cwd: GUESTS_FOLDER };
  const { stdout, stderr } = await run(compiler, [...parameters, '-Wl,--trace'], options);
  if (stderr !== '') process.stderr.write(`${guest.id}:\n${stderr}`);
  const used = new Set([...stdout.matchAll(/^\/.*\.a$/gm)].map((match) => match[0]));
  const objcopy = compiler.replace(/g(cc|\+\+)$/, 'objcopy');
  const copies = await Promise.all([...used].map((path) => archives.copy(path, objcopy)));
  if (copies.length === 0) return;
  const group = ['-Wl,--start-group', ...copies, '-Wl,--end-group'];
  await run(compiler, [...parameters, ...group], options);
}

/** Builds every guest selected, two at a time. */
export async function buildAll(guests, folder) {
  mkdirSync(folder, { recursive: true });
  const archives = new StrippedArchives();
  const left = [...guests];
  const worker = async () => {
    for (let guest = left.shift(); guest !== undefined; guest = left.shift()) {
      await build(guest, folder, archives);
    }
  };
  await Promise.all([worker(), worker()]).finally(() => archives.close());
}

/** Stops with what the compiler said. */
function fail(error) {
  process.stderr.write(`${error.cmd}\n${error.stderr ?? error.stack}\n`);
  process.exit(1);
}

if (process.argv[1] === import.meta.filename) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { out: { type: 'string' } },
  });
  const guests = selectedGuests(positionals);
  await buildAll(guests, values.out === undefined ? PREBUILT : resolve(values.out)).catch(fail);
  console.log(`${guests.length} guests built`);
}
