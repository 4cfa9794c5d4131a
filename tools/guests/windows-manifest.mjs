/**
 * The guests of test/guests/windows: how each is built by Debian's mingw, and how it is run.
 *
 * @table
 */
import { fileURLToPath } from 'node:url';

const folder = (path) =>
  fileURLToPath(new URL(`../../test/guests/windows/${path}`, import.meta.url));

export const WINDOWS_SOURCES = folder('src');
export const WINDOWS_PREBUILT = folder('prebuilt');
export const WINDOWS_TRUTH = folder('truth/guests.json');

/** Small and without debug information, but for those that tests look into. */
const SMALL = ['-Os', '-s'];
const DEBUG = ['-Os', '-g1'];

/** Built in this order: later ones link earlier ones. `runs` are what Wine records of them. */
export const WINDOWS_GUESTS = [
  { output: 'hello.exe', source: 'hello.c', flags: DEBUG },
  {
    // Where it wants to be lies what the system has of its own: it must be moved.
    output: 'moved.exe',
    source: 'hello.c',
    flags: [...SMALL, '-Wl,--image-base=0x7ff800000000'],
  },
  { output: 'library.dll', source: 'library.c', flags: [...SMALL, '-shared', 'library.def'] },
  {
    output: 'imports.exe',
    source: 'imports.c',
    flags: [...SMALL, 'delayed:delayed.def', 'direct:library.def'],
    libraries: ['library.dll'],
  },
  { output: 'late.exe', source: 'late.c', flags: SMALL, libraries: ['library.dll'] },
  {
    output: 'args.exe',
    source: 'args.c',
    flags: SMALL,
    arguments: ['plain', 'two words', 'quo"te', 'back\\slash\\', ''],
    environment: { GUEST_VALUE: 'from outside' },
    input: 'first line\r\nsecond\n',
  },
  { output: 'format.exe', source: 'format.c', flags: SMALL },
  { output: 'heap.exe', source: 'heap.c', flags: SMALL },
  // Wine 8 does not raise what HEAP_GENERATE_EXCEPTIONS asks for.
  { output: 'families.exe', source: 'families.c', flags: SMALL, documented: { status: 0 } },
  { output: 'misuse.exe', source: 'misuse.c', flags: ['-O1', '-g1'] },
  {
    output: 'own-allocator.exe',
    source: 'own-allocator.c',
    flags: ['-O1', '-g1', '-fno-builtin'],
  },
  // One source for three platforms: docs/three-platforms.md.
  { output: 'word-tree.exe', source: '../../src/word-tree.c', flags: ['-O1', '-g1'] },
  { output: 'sort.exe', source: 'sort.c', flags: SMALL },
  { output: 'pages.exe', source: 'pages.c', flags: SMALL },
  { output: 'files.exe', source: 'files.c', flags: SMALL },
  { output: 'tree.exe', source: 'tree.c', flags: SMALL },
  { output: 'system.exe', source: 'system.c', flags: SMALL },
  { output: 'pipes.exe', source: 'pipes.c', flags: SMALL },
  { output: 'edges.exe', source: 'edges.c', flags: [...SMALL, '-fno-builtin'] },
  {
    // Linked with the universal C library, which Debian's compiler does not take by itself.
    output: 'universal.exe',
    source: 'universal.c',
    flags: [...SMALL, '-D_UCRT', '-Wno-format', '-Wno-format-extra-args', '-Wno-format-truncation'],
    universal: true,
    arguments: ['argument'],
  },
  { output: 'jump.exe', source: 'jump.c', flags: SMALL },
  { output: 'exception.exe', source: 'exception.c', flags: SMALL },
  { output: 'faults.exe', source: 'faults.c', flags: ['-O1', '-s'] },
  { output: 'handlers.exe', source: 'handlers.c', flags: ['-O1', '-s'] },
  // By itself it says how it is to be called: garbage-calls.test.ts does.
  { output: 'garbage.exe', source: 'garbage.c', flags: SMALL },
  { output: 'bombs.exe', source: 'bombs.c', flags: SMALL },
  { output: 'violation.exe', source: 'violation.c', flags: DEBUG },
  { output: 'filter.exe', source: 'filter.c', flags: SMALL },
  { output: 'frames.exe', source: 'frames.c', flags: SMALL },
  {
    output: 'overflow.exe',
    source: 'overflow.c',
    flags: ['-O1', '-s'],
    // Under Wine 8 the process ends with 1, whatever it is told on what is left of its stack.
    documented: { status: 9 },
  },
  { output: 'threads.exe', source: 'threads.c', flags: SMALL },
  { output: 'throw.exe', source: 'throw.cc', flags: [...SMALL, '-static'] },
  // Debian's rustc 1.63 with libstd-rust-dev-windows: without them it stays as it is.
  { output: 'rust.exe', source: 'rust.rs', flags: [] },
];
