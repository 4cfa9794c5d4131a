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
  '-g',
  '-Wall',
  '-Wextra',
  '-Wno-unused-parameter',
  '-Ilib',
  '-fno-common',
  '-ffunction-sections',
  '-fdata-sections',
  '-fno-builtin-malloc',
];

const LINK_FLAGS = [
  '-Wl,--gc-sections',
  '-Wl,--build-id=none',
  '-Wl,-z,max-page-size=16',
  '-Wl,--no-warn-rwx-segments',
  '-Llink',
];

function isCxx(source) {
  return source.endsWith('.cc');
}

/** The sources of a library entry: a path, or one path for each kind of console. */
function sourcesFor(library, guest) {
  return library.sources.map((source) =>
    typeof source === 'string' ? source : source[guest.console ?? 'semihosting'],
  );
}

/** What the compiler is told of code, in either language. */
function codeFlags(guest, library) {
  return [
    ...(guest.targetFlags?.[guest.target] ?? TARGETS[guest.target].flags),
    ...FLAGS,
    guest.optimise ?? '-Os',
    // Assembly sources heed only the second: GCC 12 does not pass the first to the assembler.
    `-ffile-prefix-map=${GUESTS_FOLDER}=.`,
    `-fdebug-prefix-map=${GUESTS_FOLDER}=.`,
    ...library.flags,
    ...(guest.flags ?? []),
  ];
}

/** The compiler's arguments for one guest; `objects` stand for its C++ sources. */
function parametersFor(guest, objects) {
  const target = TARGETS[guest.target];
  const library = LIBRARIES[target.library ?? guest.libc];
  const heap = guest.heapSize === undefined ? [] : [`-Wl,--defsym=__heap_size=${guest.heapSize}`];
  return [
    '-std=gnu11',
    ...codeFlags(guest, library),
    ...LINK_FLAGS,
    ...(target.startup === undefined ? [] : [`-T${guest.target}.ld`, target.startup]),
    ...heap,
    ...sourcesFor(library, guest),
    ...guest.sources.filter((source) => !isCxx(source)),
    ...objects,
    ...(guest.libraries ?? []),
    ...library.libraries,
  ];
}

/** Compiles the C++ sources of a guest, with flags that C does not know. */
function compileCxx(guest, folder) {
  const { compiler, library } = TARGETS[guest.target];
  const flags = codeFlags(guest, LIBRARIES[library ?? guest.libc]);
  return Promise.all(
    guest.sources.filter(isCxx).map(async (source) => {
      const object = join(folder, `${guest.id}-${basename(source)}.o`);
      const parameters = ['-std=gnu++17', ...flags, ...(guest.cxxFlags ?? [])];
      await run(compiler, [...parameters, '-c', source, '-o', object], { cwd: GUESTS_FOLDER });
      return object;
    }),
  );
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
  const { compiler } = TARGETS[guest.target];
  const objects = await compileCxx(guest, archives.folder);
  const parameters = parametersFor(guest, objects);
  const options = { cwd: GUESTS_FOLDER };
  const output = ['-o', join(folder, `${guest.id}.elf`)];
  const first = await run(compiler, [...parameters, '-Wl,--trace', ...output], options);
  if (first.stderr !== '') process.stderr.write(`${guest.id}:\n${first.stderr}`);
  const used = new Set([...first.stdout.matchAll(/^\/.*\.a$/gm)].map((match) => match[0]));
  const objcopy = compiler.replace(/gcc$/, 'objcopy');
  const copies = await Promise.all([...used].map((path) => archives.copy(path, objcopy)));
  if (copies.length === 0) return;
  const group = ['-Wl,--start-group', ...copies, '-Wl,--end-group'];
  await run(compiler, [...parameters, ...group, ...output], options);
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
