/** The README's table of rows is whole, and each row has its test where it says. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const README = readFileSync(new URL('./README.md', import.meta.url), 'utf8');
const rows = [...README.matchAll(/^\| S4\.(\d+)\s*\| (\S+)\s*\| (.*) \|$/gm)];

test('each row of the seed is there once', () => {
  expect(rows.map(([, row]) => Number(row))).toEqual(
    Array.from({ length: 42 }, (_, nth) => nth + 1),
  );
});

test('a row with a file has a test of its name there', () => {
  const shown = rows.filter(([, , file]) => file !== '–');
  expect(shown.length).toBe(33);
  for (const [, row, file] of shown) {
    const text = readFileSync(new URL(file!.replaceAll('`', ''), import.meta.url), 'utf8');
    expect(text, `S4.${row}`).toMatch(new RegExp(`['"][^'"\n]*\\bS4\\.${row}\\b[^'"\n]*: ?`));
  }
});
