/**
 * Golden files: text that a test expects, kept in test/golden. `npm run golden:accept` writes what
 * the tests see; the diff is then reviewed like code.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import { ROOT } from './command.ts';

export const ACCEPTING: boolean = process.env['BAREHEAP_ACCEPT'] === '1';

const FOLDER = join(ROOT, 'test/golden');

/** Compares `text` with a golden file, or makes it the golden file when accepting. */
export function expectGolden(name: string, text: string): void {
  const file = join(FOLDER, name);
  if (ACCEPTING) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  if (!existsSync(file)) throw new Error(`no golden file ${name}: npm run golden:accept makes it`);
  expect(text).toBe(readFileSync(file, 'utf8'));
}
