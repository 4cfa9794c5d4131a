import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type PosixTruth,
  parsePosixRules,
  posixTable,
  runPosixRules,
} from '@bareheap/conformance/posix';
import { describe, expect, test } from 'vitest';
import { MemoryProbe } from './memory-probe.ts';

const FOLDER = join(dirname(fileURLToPath(import.meta.url)), '../../../test/posix');
const truth: PosixTruth = JSON.parse(readFileSync(join(FOLDER, 'truth/linux-x86_64.json'), 'utf8'));
const texts = readdirSync(join(FOLDER, 'cases')).map((name) =>
  readFileSync(join(FOLDER, 'cases', name), 'utf8'),
);
const rules = parsePosixRules(texts.join('\n'));
const rows = runPosixRules(rules, truth, MemoryProbe.make);

test('every case has recorded truth, and there are at least 300', () => {
  const names = rules.flatMap((rule) => rule.cases.map((one) => `${rule.id}/${one.name}`));
  expect(names.length).toBeGreaterThanOrEqual(300);
  expect(new Set(names).size).toBe(names.length);
  expect(Object.keys(truth.results).sort()).toEqual([...names].sort());
});

describe.each(rules.map((rule) => [rule.id, rule.text]))('%s: %s', (id) => {
  test('as the kernel has it', () => {
    const mine = rows.filter((row) => row.rule === id);
    const wrong = mine.filter((row) => row.outcome === 'fail');
    expect(wrong.length === 0 ? [] : posixTable(mine)).toEqual([]);
  });
});

test('a difference is found and told', () => {
  const [first] = rules.filter((rule) => rule.id === 'brk-exact');
  const name = `${first!.id}/${first!.cases[0]!.name}`;
  const lie = { ...truth, results: { ...truth.results, [name]: 'B+0x1' } };
  const found = runPosixRules([first!], lie, MemoryProbe.make);
  expect(found[0]!.outcome).toBe('fail');
  expect(found[0]!.difference).toEqual({ statement: 'brk 0', expected: 'B+0x1', actual: 'B+0x0' });
});

test('what is wrong in the model itself is a difference', () => {
  const [first] = rules.filter((rule) => rule.id === 'brk-exact');
  const found = runPosixRules([first!], truth, (system) => {
    const probe = MemoryProbe.make(system);
    probe.space.totalPages++;
    return probe;
  });
  expect(found[0]!.outcome).toBe('fail');
  expect(found[0]!.difference!.actual).toMatch(/total pages are counted/);
});
