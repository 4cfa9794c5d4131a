import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { ROOT } from './command.ts';

test.each([
  ['cpu', 'benchCpu'],
  ['heap', 'benchHeap'],
  ['mmu', 'benchMmu'],
  ['start', 'benchStart'],
  ['windows', 'benchWindows'],
])('bench %s finds what it calls', async (subject, name) => {
  const file = join(ROOT, 'tools/bench', `${subject}.mjs`);
  const loaded = (await import(pathToFileURL(file).href)) as Record<string, unknown>;
  expect(loaded[name]).toBeTypeOf('function');
});
