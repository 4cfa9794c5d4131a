/** Makes the bundle of bin/bundle.js, and its compiled code from a run of a guest of each kind. */
import { spawnSync } from 'node:child_process';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { BUNDLE, cacheOf, launchBundle, loadBundle } from './bin/bundle.js';
import { directImports } from './direct-imports.mjs';

const WARM = '--warm';
const PARAMETERS = 'exports, require, module, __filename, __dirname, __meta, __import';
const GUESTS = join(import.meta.dirname, '../../test/guests');
/** Runs whose code the caches have, by kind of program: what starts most runs. */
const RUNS = {
  firmware: [['--stats', join(GUESTS, 'prebuilt/heap8k.cortex-m3.elf')]],
  linux: [
    [join(GUESTS, 'linux/prebuilt/malloc-one.musl')],
    [join(GUESTS, 'linux/prebuilt/null-allocator.static')],
  ],
  windows: [[join(GUESTS, 'windows/prebuilt/hello.exe')]],
};

/** Bundles what tsc made. */
async function bundle() {
  for (const kind of Object.keys(RUNS)) rmSync(cacheOf(kind), { force: true });
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, 'dist/main.js')],
    outfile: BUNDLE,
    write: false,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    minifyWhitespace: true,
    minifySyntax: true,
    // Names are a tenth of what V8 reads; who wants them in a stack runs the modules.
    minifyIdentifiers: true,
    external: ['@bareheap/cpu-unicorn', 'gecko-profiler-demangle'],
    define: { 'import.meta.url': '__meta.url' },
    plugins: [directImports],
    logLevel: 'error',
  });
  // Code that comes from a cache cannot import: its loader does.
  const code = outputFiles[0].text.replaceAll(/(?<![\w.$])import\(/g, '__import(');
  replaceFile(BUNDLE, `(function (${PARAMETERS}) {${inAscii(code)}\n})`);
}

/** What esbuild leaves beside ASCII is in regular expressions. */
function inAscii(code) {
  return code.replaceAll(
    /[\u0080-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Writes a file so that whoever reads it has the old one or the new one. */
function replaceFile(file, content) {
  writeFileSync(`${file}.new`, content);
  renameSync(`${file}.new`, file);
}

/** Runs guests of a kind in this process and writes the code that V8 has compiled since. */
async function warm(kind) {
  const script = loadBundle(kind);
  for (const run of RUNS[kind]) {
    process.argv.splice(2, Infinity, 'run', ...run);
    await launchBundle(script).finished;
  }
  process.exitCode = 0;
  replaceFile(cacheOf(kind), script.createCachedData());
}

const [, , option, kind] = process.argv;
if (option === WARM) {
  await warm(kind);
} else {
  await bundle();
  for (const kind of Object.keys(RUNS)) {
    const command = [import.meta.filename, WARM, kind];
    const { status } = spawnSync(process.execPath, command, { stdio: 'ignore' });
    process.exitCode ||= status ?? 1;
  }
}
