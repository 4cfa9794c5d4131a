/**
 * Prints the table of docs/replay.md: each trace on each strategy. Other traces are named on the
 * command line, in this package's form or as text.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseTextTrace, replayTable, TraceReader } from '@bareheap/core';

const FOLDER = dirname(fileURLToPath(import.meta.url));

function read(file) {
  const bytes = new Uint8Array(readFileSync(file));
  return bytes[0] === 0x42 ? bytes : parseTextTrace(new TextDecoder().decode(bytes));
}

const own = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.trace'))
  .map((name) => join(FOLDER, name));
const files = process.argv.length > 2 ? process.argv.slice(2) : own;
const percent = (share) => `${(100 * share).toFixed(1)} %`;

for (const file of files) {
  const trace = read(file);
  const table = replayTable(trace);
  const { callCount } = new TraceReader(trace);
  process.stdout.write(
    `\n### ${basename(file, '.trace')}: ${callCount} calls, ${table[0].peakBytes} bytes at the peak\n\n` +
      '| strategy | smallest heap | footprint | internal | external | worst call |\n' +
      '| --- | --- | --- | --- | --- | --- |\n',
  );
  for (const row of table) {
    const { strategy, smallestBytes, survives, footprintRatio } = row;
    const cells = [
      `\`${strategy}\``,
      smallestBytes ?? 'none',
      survives ? footprintRatio.toFixed(2) : 'refuses',
      percent(row.internalFragmentation),
      percent(row.externalFragmentation),
      `${row.worstSteps} steps`,
    ];
    process.stdout.write(`| ${cells.join(' | ')} |\n`);
  }
}
