/** The files of this repository, as git would have them in a fresh clone. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT: string = join(dirname(fileURLToPath(import.meta.url)), '../..');

/** What .gitignore leaves out, and git's own folder. */
const IGNORED_NAMES: ReadonlySet<string> = new Set([
  '.git',
  ...readFileSync(join(ROOT, '.gitignore'), 'utf8')
    .split('\n')
    .filter((line) => line.endsWith('/'))
    .map((line) => line.slice(0, -1)),
]);

/** Paths from the root with `/`, sorted; only regular files. */
export const FILES: readonly string[] = list('').sort();

function list(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (IGNORED_NAMES.has(entry.name) || entry.name.endsWith('.tsbuildinfo')) return [];
    if (entry.isDirectory()) return list(path);
    return entry.isFile() ? [path] : [];
  });
}

export function readText(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

export function readBytes(path: string): Uint8Array {
  return new Uint8Array(readFileSync(join(ROOT, path)));
}

export function sizeOf(path: string): number {
  return statSync(join(ROOT, path)).size;
}

/** TypeScript and JavaScript that we wrote. */
export const SOURCES: readonly string[] = FILES.filter((path) => /\.(ts|mjs|js)$/.test(path));

export function isTest(path: string): boolean {
  return path.endsWith('.test.ts') || path.startsWith('test/e2e/');
}

/** Folders of packages and apps. */
export const PACKAGES: readonly string[] = FILES.filter((path) =>
  /^(packages|apps)\/[^/]+\/package\.json$/.test(path),
).map((path) => path.slice(0, -'/package.json'.length));

export function isBinary(path: string): boolean {
  return /\.(elf|hex|bin|png|wasm)$/.test(path);
}
