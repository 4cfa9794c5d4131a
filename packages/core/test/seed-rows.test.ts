/** docs/seed-rows.md has every row, and each is where it says. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const FOLDER = join(dirname(fileURLToPath(import.meta.url)), '..');
const PAGE = readFileSync(join(FOLDER, 'docs/seed-rows.md'), 'utf8');

/** First and last row of each range that concerns a library. */
const RANGES: readonly (readonly [string, number, number])[] = [
  ['S0', 1, 18],
  ['S0', 31, 37],
  ['S1', 1, 10],
  ['S3', 1, 18],
  ['S4', 1, 42],
];

const rows = RANGES.flatMap(([seed, first, last]) =>
  Array.from({ length: last - first + 1 }, (_, index) => `${seed}.${first + index}`),
);

/** Rows of the table by name: the cells after it. */
const table = new Map(
  [...PAGE.matchAll(/^\| (S\d+\.\d+) \| (.*) \|$/gm)].map(([, row, cells]) => [
    row!,
    cells!.split(' | '),
  ]),
);

test('the table has each row once, and no other', () => {
  expect([...table.keys()].sort()).toEqual(rows.toSorted());
  for (const cells of table.values()) expect(cells.at(-1)!.length).toBeGreaterThan(5);
});

/** Rows without a test: five need a guest, one is about a benchmark, one about tests. */
const WITHOUT_TEST = 5 + 2;

test('a row with a file has a test of its name there', () => {
  const shown = [...table].filter(([, cells]) => cells.length === 2 && cells[0] !== '–');
  expect(shown.length).toBe(rows.length - WITHOUT_TEST);
  for (const [row, [file]] of shown) {
    expect(readFileSync(join(FOLDER, file!), 'utf8'), row).toMatch(
      new RegExp(`['"](?:S\\d+\\.\\d+, )*${row.replace('.', '\\.')}(?:, S\\d+\\.\\d+)*: `),
    );
  }
});

test('files in brackets are there', () => {
  const named = [...PAGE.matchAll(/(?:src|test)\/[\w/.-]+\.ts/g)].map(([file]) => file);
  expect(named.length).toBeGreaterThan(50);
  for (const file of named) expect(existsSync(join(FOLDER, file)), file).toBe(true);
});

test('tests named by a row are in the table', () => {
  for (const name of ['seed-allocation-api', 'seed-interception']) {
    const text = readFileSync(join(FOLDER, `test/${name}.test.ts`), 'utf8');
    const named = [...text.matchAll(/'(S\d+\.\d+): /g)].map(([, row]) => row!);
    expect(named.length).toBeGreaterThan(20);
    for (const row of named) expect(table.get(row)?.[0]).toBe(`test/${name}.test.ts`);
  }
});
