/**
 * The probe of calls on files, compared with what Linux did with it. The same program, see
 * tools/linux/files.mjs.
 */
import { readFileSync } from 'node:fs';
import { parseImage } from '@bareheap/image';
import { beforeAll, expect, test } from 'vitest';
import { TextHost } from '../../../test/text-host.ts';
import { openLinux } from '../linux-guest.ts';

const FOLDER = new URL('../../../../../test/probes/linux-files/', import.meta.url);
const PROGRAM = new Uint8Array(readFileSync(new URL('probe.elf', FOLDER)));
const TRUTH = readFileSync(new URL('truth.txt', FOLDER), 'utf8');
const LIMIT = 1e9;

/** The lines of each case by its name. */
function cases(text: string): Map<string, string> {
  const parts = text.split(/^== /m).slice(1);
  return new Map(parts.map((part) => [part.slice(0, part.indexOf('\n')), part]));
}

const EXPECTED = cases(TRUTH);
let seen = new Map<string, string>();

beforeAll(() => {
  const host = new TextHost();
  const guest = openLinux(
    parseImage(PROGRAM, { memoryLimit: 2 ** 46 }),
    {
      bytes: PROGRAM,
      path: '/probe',
      directory: '/',
      argv: ['/probe'],
      environment: [],
      heap: 'guest',
      observesHeap: false,
      memoryBytes: 64 << 20,
      seed: 1,
    },
    host,
  );
  expect(guest.run({ maxInstructions: LIMIT })).toEqual({ kind: 'exit', code: 0 });
  seen = cases(host.text(1));
}, 60_000);

test('every case was run', () => {
  expect([...seen.keys()]).toEqual([...EXPECTED.keys()]);
  expect(EXPECTED.size).toBeGreaterThan(50);
});

test.each([...EXPECTED.keys()])('%s: as Linux does it', (name) => {
  expect(seen.get(name)).toBe(EXPECTED.get(name));
});
