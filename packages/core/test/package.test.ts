/** What would be published is what people can use. Needs the build, as publishing does. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';

const FOLDER = join(dirname(fileURLToPath(import.meta.url)), '..');
const TOOLS = join(FOLDER, '../../node_modules/.bin');

function run(tool: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(join(TOOLS, tool), args, {
    cwd: FOLDER,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  return status === 0 ? 'good' : `${stdout}${stderr}`;
}

beforeAll(() => {
  expect(existsSync(join(FOLDER, 'dist/index.js')), 'build first: npm run build').toBe(true);
});

test('publint finds nothing', () => {
  expect(run('publint', ['--pack', 'false', '--strict', '.'])).toBe('good');
});

test('its types are found by every way of importing a module', () => {
  expect(run('attw', ['--pack', '.', '--profile', 'esm-only'])).toBe('good');
});
