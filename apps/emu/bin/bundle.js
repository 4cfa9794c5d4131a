/**
 * Starts the command from one file with its compiled code beside it: that is twice as fast as from
 * its hundreds of modules. Where the bundle is older than what was built since, or was never made,
 * the modules are what runs.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Script } from 'node:vm';

const HERE = dirname(fileURLToPath(import.meta.url));
const DIST = join(HERE, '../dist');
const WORKSPACE = join(HERE, '../../../packages');
export const BUNDLE = join(DIST, 'bareheap.cjs');
/** V8's compiled code of the bundle; another version of V8 refuses it and compiles anew. */
export const CODE_CACHE = `${BUNDLE}.cache`;
const STAMP = 'tsconfig.tsbuildinfo';

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
export function isBundleCurrent() {
  const made = modifiedAt(BUNDLE);
  if (made === 0) return false;
  const stamps = [join(HERE, '..', STAMP), ...buildStamps()];
  return stamps.every((stamp) => modifiedAt(stamp) <= made);
}

function readCache() {
  try {
    return readFileSync(CODE_CACHE);
  } catch {
    return undefined;
  }
}

/** Runs the bundle as the command; the script, for whoever wants its compiled code. */
export function launchBundle(script = loadBundle()) {
  const module = { exports: {} };
  const require = createRequire(BUNDLE);
  const run = script.runInThisContext();
  const load = (name) => import(name);
  run.call(module.exports, module.exports, require, module, BUNDLE, DIST, bundleUrl(), load);
  return module.exports;
}

export function loadBundle() {
  const source = readFileSync(BUNDLE, 'utf8');
  const parameters = 'exports, require, module, __filename, __dirname, __url, __import';
  return new Script(`(function (${parameters}) {${source}\n})`, {
    filename: BUNDLE,
    cachedData: readCache(),
  });
}

function bundleUrl() {
  return pathToFileURL(join(DIST, 'main.js')).href;
}
