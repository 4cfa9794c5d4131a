/**
 * The probe of signals, threads and processes, compared with what Linux did with it. The same
 * program, see tools/linux/signals.mjs.
 */
import { readFileSync } from 'node:fs';
import { parseImage } from '@bareheap/image';
import { expect, test } from 'vitest';
import { TextHost } from '../../../test/text-host.ts';
import { openLinux } from '../linux-guest.ts';

const FOLDER = new URL('../../../../../test/probes/linux-signals/', import.meta.url);
const PROGRAM = new Uint8Array(readFileSync(new URL('probe.elf', FOLDER)));
const TRUTH = readFileSync(new URL('truth.txt', FOLDER), 'utf8');
const LIMIT = 1e9;
/** Cases that differ, and why. */
const KNOWN_GAPS: ReadonlyMap<string, string> = new Map([
  ['fault_mask_of_alignment', 'the engine does not check alignment when AC is set'],
  ['fault_single_step', 'the engine does not look at TF'],
]);

/** The lines of each case by its name. */
function cases(text: string): Map<string, string> {
  const parts = text.split(/^== /m).slice(1);
  return new Map(parts.map((part) => [part.slice(0, part.indexOf('\n')), part]));
}

const FAMILIES = [...new Set([...cases(TRUTH).keys()].map((name) => name.replace(/_.*/, '')))];

/** Runs the cases whose names begin so. */
function run(family: string): Map<string, string> {
  const host = new TextHost();
  const guest = openLinux(
    parseImage(PROGRAM, { memoryLimit: 2 ** 46 }),
    {
      bytes: PROGRAM,
      path: '/probe',
      directory: '/',
      argv: ['/probe', `${family}_`],
      environment: [],
      heap: 'guest',
      observesHeap: false,
      memoryBytes: 256 << 20,
      seed: 1,
    },
    host,
  );
  const end = guest.run({ maxInstructions: LIMIT });
  expect({ family, end }).toEqual({ family, end: { kind: 'exit', code: 0 } });
  return cases(host.text(1));
}

test('the record has the cases of every part', () => {
  expect(cases(TRUTH).size).toBeGreaterThan(200);
  expect(FAMILIES.length).toBeGreaterThan(20);
});

test.each(FAMILIES)('%s: as Linux does it', { timeout: 60_000 }, (family) => {
  const ours = run(family);
  const truth = [...cases(TRUTH)].filter(([name]) => name.startsWith(`${family}_`));
  for (const [name, lines] of truth) {
    if (KNOWN_GAPS.has(name)) expect(ours.get(name)).not.toBe(lines);
    else expect(ours.get(name)).toBe(lines);
  }
  expect([...ours.keys()]).toEqual(truth.map(([name]) => name));
});
