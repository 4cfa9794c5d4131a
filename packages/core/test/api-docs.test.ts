/** docs/api.md is what tools/api-docs.mjs makes of the declarations as they are. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const PAGE = readFileSync(new URL('../docs/api.md', import.meta.url), 'utf8');
const INDEX = readFileSync(new URL('../src/index.ts', import.meta.url), 'utf8');

test('the reference is up to date', () => {
  const args = [join(ROOT, 'tools/api-docs.mjs'), '--check', 'packages/core'];
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, '']);
});

test('the reference has what the package exports, and nothing that is private', () => {
  const exported = [...INDEX.matchAll(/\{([^}]*)\}/g)]
    .flatMap(([, names]) => names!.split(','))
    .map((name) => name.trim().replace(/^type /, ''))
    .filter((name) => name !== '');
  const headings = [...PAGE.matchAll(/^### (\w+)$/gm)].map(([, name]) => name);
  expect(headings.toSorted()).toEqual(exported.toSorted());
  expect(PAGE).not.toMatch(/^ *(?:private|protected) /m);
});
