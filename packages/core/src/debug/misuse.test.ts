/** The table of the README: what is found of each misuse, and when. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { protectedHeap, regionHeap } from '../../test/debug-setups.ts';
import { MISUSE_PROGRAMS } from '../../test/misuse-programs.ts';
import { MisuseRun } from '../../test/misuse-run.ts';

const SPACE_BYTES = 2 ** 20;
const ARRAY_BYTES = 2 ** 16;
const ZIG = JSON.parse(
  readFileSync(new URL('../../test/zig/misuse-zig.json', import.meta.url), 'utf8'),
) as { readonly outcomes: Readonly<Record<string, string>> };
const README = readFileSync(new URL('./README.md', import.meta.url), 'utf8');

/** Cells of the table's rows, by the misuse they are about. */
const TABLE = new Map(
  README.split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .map(([, name, ...cells]) => [name!, cells.slice(0, 3)]),
);

test.each(MISUSE_PROGRAMS)('$name: the table says what is so', (program) => {
  const paged = new MisuseRun(protectedHeap, SPACE_BYTES).run(program).what;
  const region = new MisuseRun(regionHeap, ARRAY_BYTES).run(program).what;
  expect(TABLE.get(program.name)).toEqual([paged, region, ZIG.outcomes[program.name]]);
});
