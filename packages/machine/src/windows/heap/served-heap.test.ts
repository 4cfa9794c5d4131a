/**
 * What is compared with Wine of heaps, the cases of the rules and random programs, over heaps that a
 * strategy serves: line by line what the system's own heap gives.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { ProbeRun, parseWinRules, randomWinProgram, systemFunction } from '@bareheap/platform-win';
import { expect, test } from 'vitest';
import { HEAP_CHOICES, type HeapChoice } from '../../firmware-options.ts';
import { ServedBlocks } from './served-blocks.ts';
import { ServedHeap } from './served-heap.ts';

/** Of nine kinds of programs those of heap calls and of moveable handles. */
const isHeapSeed = (seed: number): boolean => seed % 9 >= 6;
const COUNT = Number(process.env['BAREHEAP_FUZZ'] ?? 1);
const SEEDS = Array.from({ length: 9 * COUNT }, (_, n) => n + 1).filter(isHeapSeed);
const CALLS = 60;

/** What each line of a program gives, and the work of the strategy that serves. */
function play(program: readonly string[], choice: HeapChoice) {
  const run = new ProbeRun();
  const { process } = run;
  const served = choice === 'guest' ? null : new ServedBlocks(process.space, choice);
  if (served !== null) {
    process.openHeap = (base) => new ServedHeap(process.space, base, served);
  }
  try {
    const lines = program.map((line) => `${line}: ${run.perform(line)}`);
    return { lines, steps: served?.takeSteps() ?? 0 };
  } finally {
    run.dispose();
  }
}

const strategies = HEAP_CHOICES.filter((name) => name !== 'guest' && name !== 'null');
const programs = SEEDS.map((seed) => {
  const program = randomWinProgram(seed, CALLS);
  return { seed, program, own: play(program, 'guest').lines };
});
test.each(strategies)('%s', (choice) => {
  for (const { seed, program, own } of programs) {
    const { lines, steps } = play(program, choice);
    expect(lines, `seed ${seed}`).toEqual(own);
    expect(steps, `seed ${seed}`).toBeGreaterThan(10);
  }
});

const CASES = new URL('../../../../../test/probes/win/cases/', import.meta.url);
const rules = parseWinRules(
  readdirSync(CASES)
    .map((name) => readFileSync(new URL(name, CASES), 'utf8'))
    .join('\n'),
).filter(({ id }) => /^(heap|rtl|global|local|handle)/.test(id));

/** What a heap that is served does not do, by the cases that show it. */
const DIFFERENT: Readonly<Record<string, string>> = {
  'heap-create/of flags': 'its blocks cannot be executed',
  'heap-checking/tail': 'it has no fills',
  'heap-checking/tail smashed': 'it has no fills',
  'heap-checking/free': 'it has no fills',
  'heap-checking/free smashed': 'it has no fills',
  'heap-checking/both': 'it has no fills',
};

test('the rules of heaps hold, but for what is listed', { timeout: 60_000 }, () => {
  const cases = rules.flatMap((rule) =>
    rule.cases.map(({ name, statements }) => ({ name: `${rule.id}/${name}`, statements })),
  );
  expect(cases.length).toBeGreaterThan(60);
  const different = cases.filter(({ statements }) => {
    const own = play(statements, 'guest').lines;
    return own.join('\n') !== play(statements, 'tlsf').lines.join('\n');
  });
  expect(different.map(({ name }) => name)).toEqual(Object.keys(DIFFERENT));
});

test('a block that the system gave the start-up code is sound, and one of nobody is not', () => {
  const { process } = new ProbeRun();
  const served = new ServedBlocks(process.space, 'null');
  process.openHeap = (base) => new ServedHeap(process.space, base, served);
  const call = (name: string, ...words: number[]) => systemFunction(name)!.call(process, words);
  const heap = call('GetProcessHeap');
  expect(call('HeapAlloc', heap, 0, 100)).toBe(0);
  served.isStartUp = () => true;
  const block = call('HeapAlloc', heap, 0, 100);
  expect(call('HeapSize', heap, 0, block)).toBe(100);
  expect(call('HeapValidate', heap, 0, block)).toBe(1);
  expect(call('HeapValidate', heap, 0, block + 16)).toBe(0);
  process.dispose();
});
