/**
 * Runs one program, built from one source for firmware, Linux and Windows, under each heap, and
 * prints what its heap did, a line a run. docs/three-platforms.md shows it.
 *
 *   node tools/three-platforms.mjs [HEAP…]
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '..');
const EMULATOR = join(ROOT, 'apps/emu/bin/bareheap.js');
const GUESTS = join(ROOT, 'test/guests');
const HEAPS = ['guest', 'null', 'bump', 'llff', 'tlsf', 'buddy', 'buckets', 'debug'];
const PLATFORMS = [
  { name: 'firmware', file: 'prebuilt/word-tree.cortex-m3.elf' },
  { name: 'Linux', file: 'linux/prebuilt/word-tree.debug' },
  { name: 'Windows', file: 'windows/prebuilt/word-tree.exe' },
];
/** Bytes of the firmware's heap. */
const LEAST_ROOM = '8192';
/** Heaps that do not do with them. */
const MORE_ROOM = { debug: '32768' };

/** Columns: a heading, and the text of a run. */
const COLUMNS = [
  ['heap', ({ heap }) => heap],
  ['platform', ({ platform }) => platform.name],
  ['status', ({ status }) => String(status)],
  ['allocations', ({ report }) => number(report.allocations)],
  ['failed', ({ report }) => number(report.failures)],
  ['before main', ({ report }) => number(report.phases.beforeMain.allocations)],
  ['bytes', ({ report }) => number(report.bytesTotal)],
  ['peak', ({ report }) => number(report.bytesPeak)],
  ['live', ({ report }) => number(report.bytesLive)],
  ['blocks', ({ report }) => number(report.blocksLive)],
  ['overhead', overheadText],
  ['worst', worstText],
];
/** Columns that are words; the others are numbers. */
const WORDS = new Set(['heap', 'platform', 'worst']);

function number(value) {
  return value.toLocaleString('en-US');
}

/** Between an operating system's own heap and its pages nothing is known. */
function overheadText({ heap, platform, report }) {
  return heap === 'guest' && platform.name !== 'firmware' ? '-' : number(report.overheadBytes);
}

function worstText({ report }) {
  const [worst] = report.worst ?? [];
  if (worst === undefined) return '';
  const unit = worst.cost === 1 ? worst.unit.replace(/s$/, '') : worst.unit;
  return `${worst.function}: ${number(worst.cost)} ${unit} (call ${worst.ordinal})`;
}

/** Runs Node; its status and what it wrote. */
function runNode(words) {
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'pipe'] });
  const texts = [child.stdout, child.stderr].map(async (stream) => {
    let text = '';
    for await (const part of stream.setEncoding('utf8')) text += part;
    return text;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', async (status) => {
      const [stdout, stderr] = await Promise.all(texts);
      resolve({ status, stdout, stderr });
    });
  });
}

async function runUnder({ heap, platform }, folder) {
  const file = join(folder, `${heap}-${platform.name}.json`);
  const bytes = MORE_ROOM[heap] ?? LEAST_ROOM;
  const room = platform.name === 'firmware' ? ['--heap-size', bytes] : [];
  const options = ['--heap', heap, '--json', file, ...room];
  const words = [EMULATOR, 'run', ...options, join(GUESTS, platform.file)];
  const { status, stdout, stderr } = await runNode(words);
  if (stderr !== '') throw new Error(`${platform.name}, ${heap}: ${stderr}`);
  const { heap: report } = JSON.parse(readFileSync(file, 'utf8'));
  return { heap, platform, status, report, output: stdout.replaceAll('\r\n', '\n') };
}

/** Lines with their columns aligned. */
function table(rows) {
  const widths = COLUMNS.map((_, at) => Math.max(...rows.map((row) => row[at].length)));
  const cell = (text, at) =>
    WORDS.has(COLUMNS[at][0]) ? text.padEnd(widths[at]) : text.padStart(widths[at]);
  return rows.map((row) => row.map(cell).join('  ').trimEnd());
}

const wanted = process.argv.length > 2 ? process.argv.slice(2) : HEAPS;
const folder = mkdtempSync(join(tmpdir(), 'bareheap-platforms-'));
try {
  const asked = wanted.flatMap((heap) => PLATFORMS.map((platform) => ({ heap, platform })));
  const runs = [];
  let next = 0;
  const worker = async () => {
    for (let at = next++; at < asked.length; at = next++) {
      runs[at] = await runUnder(asked[at], folder);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  const rows = runs.map((run) => COLUMNS.map(([, text]) => text(run)));
  console.log(table([COLUMNS.map(([heading]) => heading), ...rows]).join('\n'));
  for (const output of new Set(runs.map((run) => run.output))) {
    const count = runs.filter((run) => run.output === output).length;
    console.log(`\n${count} runs print: ${output.trimEnd()}`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
