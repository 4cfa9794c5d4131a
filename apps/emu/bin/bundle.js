/**
 * Starts the command from one file with its compiled code beside it: that is several times as fast
 * as from its hundreds of modules. Where the bundle is older than what was built since, or was
 * never made, the modules are what runs. CommonJS: Node's loader of ES modules costs 15 ms.
 */
const { closeSync, openSync, readdirSync, readFileSync, readSync, statSync } = require('node:fs');
const { join } = require('node:path');
const { setFlagsFromString } = require('node:v8');
const { Script } = require('node:vm');

const DIST = join(__dirname, '../dist');
const WORKSPACE = join(__dirname, '../../../packages');
const BUNDLE = join(DIST, 'bareheap.cjs');
/** What of a file says which kind it is; e_machine of ELF ends there. */
const HEAD_BYTES = 20;
const ELF_X86_64 = 62;
const STAMP = 'tsconfig.tsbuildinfo';

/**
 * What V8 does differently for us, until a run turns out to be long (src/optimiser.ts):
 *
 * - A function runs so many bytes of bytecode before it is optimised, twenty times what is usual:
 *   most of what starts a guest runs too seldom for it, and "hello" takes a third less time.
 * - The room for new objects grows at once to what it would grow to by and by.
 */
const FLAGS = ['--interrupt-budget=1500000', '--semi-space-growth-factor=16'];

function modifiedAt(file) {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/** Stamps of what tsc built; outside of the workspace there are none. */
function buildStamps() {
  try {
    return readdirSync(WORKSPACE).map((name) => join(WORKSPACE, name, STAMP));
  } catch {
    return [];
  }
}

/** Whether there is a bundle and nothing was built after it. */
function isBundleCurrent() {
  const made = modifiedAt(BUNDLE);
  if (made === 0) return false;
  const stamps = [join(__dirname, '..', STAMP), ...buildStamps()];
  return stamps.every((stamp) => modifiedAt(stamp) <= made);
}

/**
 * File of V8's compiled code of the bundle, as far as programs of a kind need it; another version
 * of V8 refuses it and compiles anew.
 */
function cacheOf(kind) {
  return `${BUNDLE}.${kind}.cache`;
}

/**
 * The kind of program that a command runs, by the first of its arguments that is a file. Whatever
 * it says, the command does the same: the compiled code of another kind makes it slower.
 */
function kindOfRun(words) {
  for (const word of words) {
    const head = headOf(word);
    if (head === null) continue;
    if (head.latin1Slice(0, 2) === 'MZ') return 'windows';
    if (head.latin1Slice(0, 4) !== '\x7fELF') return 'firmware';
    return head.readUInt16LE(18) === ELF_X86_64 ? 'linux' : 'firmware';
  }
  return 'linux';
}

/** The first bytes of a file; null when it is none. */
function headOf(path) {
  try {
    if (!statSync(path).isFile()) return null;
    const head = Buffer.alloc(HEAD_BYTES);
    const file = openSync(path);
    readSync(file, head);
    closeSync(file);
    return head;
  } catch {
    return null;
  }
}

function readCache(kind) {
  try {
    return readFileSync(cacheOf(kind));
  } catch {
    return undefined;
  }
}

/** Runs the bundle, a function, as the command; the script, for whoever wants its compiled code. */
function launchBundle(script = loadBundle(kindOfRun(process.argv.slice(2)))) {
  const module = { exports: {} };
  const run = script.runInThisContext();
  const load = (name) => import(name);
  run.call(module.exports, module.exports, require, module, BUNDLE, DIST, META, load);
  return module.exports;
}

/** `import.meta` of the bundled modules, as if all lay where the first of them does. */
const META = {
  get url() {
    return require('node:url').pathToFileURL(join(DIST, 'main.js')).href;
  },
};

/** The flags are part of what V8 knows compiled code by: they are set before it is read. */
function loadBundle(kind) {
  for (const flag of FLAGS) setFlagsFromString(flag);
  // It is ASCII.
  const source = readFileSync(BUNDLE, 'latin1');
  return new Script(source, { filename: BUNDLE, cachedData: readCache(kind) });
}

module.exports = { BUNDLE, cacheOf, isBundleCurrent, launchBundle, loadBundle };
