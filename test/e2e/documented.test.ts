/**
 * Every command that the documents show is run here, and what they show it to print is compared.
 * A `text` block right after an `sh` block is the output of both streams in order.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { asUtf8, ENTRY, ROOT } from './command.ts';
import { ACCEPTING } from './golden.ts';

interface CommandBlock {
  readonly page: string;
  readonly line: number;
  readonly script: string;
  /** What is shown as its output; null when nothing is. */
  readonly output: string | null;
}

/**
 * Commands that are not run from here, because they would run this test, change the checkout or
 * take a package manager and half an hour. What they stand for is checked to exist.
 */
const NOT_RUN: readonly [RegExp, string][] = [
  [/^npm test$/, 'test'],
  [/^npm run golden:accept$/, 'golden:accept'],
  [/^npm run setup$/, 'setup'],
  [/^npm run format$/, 'format'],
];
/** What `npm run demo` runs after it has installed and built. */
const DEMO = 'node tools/demo.mjs';
/** What a machine may lack, and how that is seen; CI lacks none of it. */
const MACHINE_NEEDED: readonly [RegExp, () => boolean][] = [
  [/^node tools\/guests\//, () => isMissing('arm-none-eabi-gcc')],
  [/^node tools\/lockstep/, hasNoUnicorn],
];

const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

const FENCE = /^```sh\n([\s\S]*?)^```\n(?:\n*```text\n([\s\S]*?)^```\n)?/gm;

function blocksOf(page: string): CommandBlock[] {
  const text = readFileSync(join(ROOT, page), 'utf8');
  return [...text.matchAll(FENCE)].map((match) => ({
    page,
    line: text.slice(0, match.index).split('\n').length,
    script: match[1]!,
    output: match[2] ?? null,
  }));
}

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bareheap-docs-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a block in the repository; files that it writes as `/tmp/…` go to a folder of this test. */
function run(script: string): string {
  const body = script.replace(/^npm run demo$/gm, DEMO).replaceAll('/tmp/', `${folder}/`);
  const shell = `bareheap() { "${process.execPath}" "${ENTRY}" "$@"; }\nexec 2>&1\n${body}`;
  const result = spawnSync('sh', ['-c', shell], {
    cwd: ROOT,
    encoding: 'latin1',
    timeout: 240_000,
    env: {
      PATH: [join(ROOT, 'node_modules/.bin'), process.env['PATH'] ?? ''].join(delimiter),
      HOME: process.env['HOME'] ?? folder,
      NO_COLOR: '1',
    },
  });
  if (result.error !== undefined) throw result.error;
  return asUtf8(result.stdout).replaceAll(`${folder}/`, '/tmp/');
}

/** Writes what a block printed into its page. */
function accept(block: CommandBlock, printed: string): void {
  const file = join(ROOT, block.page);
  const text = readFileSync(file, 'utf8');
  const shown = `\`\`\`sh\n${block.script}\`\`\`\n\n\`\`\`text\n`;
  const next = text.replace(`${shown}${block.output}\`\`\`\n`, () => `${shown}${printed}\`\`\`\n`);
  writeFileSync(file, next);
}

function isMissing(command: string): boolean {
  return spawnSync(command, ['--version'], { stdio: 'ignore' }).error !== undefined;
}

function hasNoUnicorn(): boolean {
  const guest = join(ROOT, 'test/guests/prebuilt/count.cortex-m3.elf');
  return spawnSync(process.execPath, [ENTRY, 'run', '--cpu', 'unicorn', guest]).status === 2;
}

const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};

const blocks = PAGES.flatMap(blocksOf);

test('the README has the two commands, and there are documents to test', () => {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  expect(readme.indexOf('npm run demo')).toBeGreaterThan(0);
  expect(readme.indexOf('npm test')).toBeGreaterThan(0);
  expect(blocks.length).toBeGreaterThan(5);
});

describe.each(blocks)('$page:$line', (block) => {
  const first = block.script.trim();
  const exempt = NOT_RUN.find(([pattern]) => pattern.test(first));
  const lacks = MACHINE_NEEDED.find(([pattern]) => pattern.test(first))?.[1];

  if (exempt !== undefined) {
    test(`${first} is a script of this repository`, () => {
      expect(scripts).toHaveProperty([exempt[1]]);
    });
    return;
  }

  test.skipIf(lacks?.() === true)(first.split('\n')[0]!, () => {
    const printed = run(block.script);
    expect(printed).not.toMatch(/: not found|internal error|unknown (option|command)|^Error: /m);
    if (block.output === null) return;
    if (ACCEPTING) accept(block, printed);
    else expect(printed).toBe(block.output);
  });
});
