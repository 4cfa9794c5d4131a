import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { runProbeProgram } from './probe/probe-run.ts';
import {
  type KnownDifference,
  parseWinRules,
  runWinRules,
  type WinTruth,
  winTable,
} from './probe/win-rules.ts';

const FOLDER = join(dirname(fileURLToPath(import.meta.url)), '../../../test/probes/win');
const truth: WinTruth = JSON.parse(readFileSync(join(FOLDER, 'truth/wine.json'), 'utf8'));
const known: KnownDifference[] = JSON.parse(
  readFileSync(join(FOLDER, 'known-differences.json'), 'utf8'),
);
const texts = readdirSync(join(FOLDER, 'cases')).map((name) =>
  readFileSync(join(FOLDER, 'cases', name), 'utf8'),
);
const rules = parseWinRules(texts.join('\n'));
const rows = runWinRules(rules, truth, known);
const names = rules.flatMap((rule) => rule.cases.map((one) => `${rule.id}/${one.name}`));

test('every case has recorded truth, and there are at least 300', () => {
  expect(names.length).toBeGreaterThanOrEqual(300);
  expect(new Set(names).size).toBe(names.length);
  expect(Object.keys(truth.results).sort()).toEqual([...names].sort());
});

test('every known difference is one, and says why', () => {
  for (const { case: name, why, lines } of known) {
    const recorded = truth.results[name]!.split('\n');
    expect(why.length).toBeGreaterThan(20);
    expect(Object.keys(lines).length).toBeGreaterThan(0);
    for (const [index, line] of Object.entries(lines)) expect(line).not.toBe(recorded[+index]);
  }
});

describe.each(rules.map((rule) => [rule.id, rule.text]))('%s: %s', (id) => {
  test('as Windows has it', () => {
    const mine = rows.filter((row) => row.rule === id);
    const wrong = mine.filter((row) => row.outcome === 'fail');
    expect(wrong.map((row) => `${row.case}: ${row.difference}`)).toEqual([]);
  });
});

test('a difference is found and told', () => {
  const first = rules.filter((rule) => rule.id === 'release');
  const name = 'release/reserved';
  const lie = { ...truth, results: { ...truth.results, [name]: 'X+0x1000\n1' } };
  const found = runWinRules(first, lie, []);
  expect(found[0]!.outcome).toBe('fail');
  expect(found[0]!.difference).toMatch(/^VirtualAlloc .*: expected X\+0x1000, is X\+0x0$/);
  expect(winTable(found, first)[0]).toMatch(/^fail +release/);
});

test('what is wrong in the model itself is a difference', () => {
  const statements = rules.find((rule) => rule.id === 'release')!.cases[0]!.statements;
  const found = runWinRules(
    [{ id: 'release', text: '', cases: [{ name: 'reserved', statements }] }],
    truth,
    [],
    (program) => [...runProbeProgram(program), 'a reservation at 1'],
  );
  expect(found[0]!.difference).toMatch(/^after the last statement: .* a reservation at 1$/);
});

test('a statement that is none is an error', () => {
  expect(() => runProbeProgram(['VirtualAlloc X'])).toThrow(/no such statement/);
  expect(() => runProbeProgram(['load Y 4'])).toThrow(/no such name/);
});
