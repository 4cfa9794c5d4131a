/**
 * The same code in a real browser: Chromium, a page, workers and shared memory. In continuous
 * integration a missing browser is a failure; elsewhere these tests are then skipped, and say so.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { build } from 'esbuild';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { guest, ROOT } from './command.ts';

const BROWSERS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const FLAGS = [
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-crash-reporter',
];
/** Shared memory is for pages that are isolated from others only. */
const HEADERS = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};
const PAGE = '<!doctype html><script type="module" src="/page.js"></script>';

const executablePath = BROWSERS.find((path) => existsSync(path));
const inCi = process.env['CI'] !== undefined;

/** Bundles of the page and its workers by path, from the packages' sources. */
async function bundles(): Promise<Map<string, Uint8Array>> {
  const { outputFiles } = await build({
    entryPoints: ['page', 'heap-worker', 'firmware-worker'].map((name) =>
      join(ROOT, 'test/browser', `${name}.mjs`),
    ),
    bundle: true,
    format: 'esm',
    platform: 'browser',
    conditions: ['@bareheap/source'],
    outdir: '/',
    write: false,
  });
  return new Map(outputFiles.map(({ path, contents }) => [path, contents]));
}

function serve(files: ReadonlyMap<string, Uint8Array>): Promise<Server> {
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    const type = path.endsWith('.js') ? 'text/javascript' : 'text/html';
    response.writeHead(200, { ...HEADERS, 'Content-Type': type });
    if (path.startsWith('/guest/')) response.end(readFileSync(guest(path.slice(7))));
    else response.end(files.get(path) ?? PAGE);
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(server));
  });
}

describe.skipIf(executablePath === undefined && !inCi)('in Chromium', () => {
  let server: Server;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    expect(executablePath, `one of ${BROWSERS.join(', ')}`).toBeDefined();
    server = await serve(await bundles());
    const noSandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
    browser = await chromium.launch({
      executablePath: executablePath!,
      args: [...FLAGS, ...noSandbox],
    });
    page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  test('every strategy keeps its rules in a worker, over memory shared with the page', async () => {
    const results =
      await page.evaluate<{ name: string; defects: string[]; seen: boolean }[]>('runHeaps(65536)');
    expect(results.length).toBeGreaterThan(2);
    for (const { name, defects, seen } of results) {
      expect({ name, defects, seen }).toEqual({ name, defects: [], seen: true });
    }
  });

  test.each([
    ['heap8k.cortex-m3', 'guest'],
    ['heap8k.rv32', 'tlsf'],
    ['floating-unit.cortex-m4', 'guest'],
  ])('%s with --heap %s prints what it prints under QEMU', async (id, heap) => {
    const truthFile = join(ROOT, 'test/guests/truth', `${id}.json`);
    const truth = JSON.parse(readFileSync(truthFile, 'utf8'));
    const result = await page.evaluate<{ output: string; code: number }>(
      `runFirmware('/guest/${id}', '${heap}')`,
    );
    expect(result).toMatchObject({ output: truth.output, code: truth.exitStatus });
  });
});
