/**
 * What the package weighs in an application: minified, and compressed as a server sends it. The
 * budgets are for the compressed size; the minified one is kept from growing unseen.
 */
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { bundle } from './bundle.ts';

const KB = 1000;

/**
 * What is imported, and how many bytes it may have compressed and minified. What was aimed at, 3 kB
 * for a strategy and 30 kB for all, minified, holds for three strategies: docs/size.md.
 */
const BUDGETS: readonly (readonly [string, number, number])[] = [
  ['{ NullHeap }', 0.6 * KB, 1 * KB],
  ['{ BumpCalls }', 1 * KB, 2.4 * KB],
  ['{ LinkedListCalls }', 1.3 * KB, 3 * KB],
  ['{ BestFitCalls }', 1.9 * KB, 4.9 * KB],
  ['{ BuddyCalls }', 2 * KB, 4.7 * KB],
  ['{ BucketCalls }', 2.1 * KB, 5.3 * KB],
  ['{ TlsfCalls }', 2 * KB, 5.1 * KB],
  ['{ BumpHeap }', 1.6 * KB, 3.7 * KB],
  ['{ LinkedListHeap }', 2 * KB, 4.5 * KB],
  ['{ TlsfHeap }', 2.9 * KB, 7.2 * KB],
  ['{ BuddyHeap }', 3 * KB, 7.5 * KB],
  ['{ Heap4 }', 3 * KB, 6 * KB],
  ['{ RecordInterceptor }', 2 * KB, 4.5 * KB],
  ['{ HeapHook, CountInterceptor }', 2.5 * KB, 6 * KB],
  ['{ WasmSource, GrowingHeap }', 2.5 * KB, 6 * KB],
  ['{ HeapArray, HeapString }', 1.5 * KB, 3.2 * KB],
];

/** The whole package: every strategy, source and interceptor, replay and collections. */
const ALL_COMPRESSED = 37 * KB;
const ALL_MINIFIED = 114 * KB;

test.each(BUDGETS)('%s', (names, compressed, minified) => {
  const script = bundle(`export ${names} from '@bareheap/core';`);
  expect(gzipSync(script, { level: 9 }).length).toBeLessThan(compressed);
  expect(script.length).toBeLessThan(minified);
});

test('all of it', () => {
  const script = bundle(`export * from '@bareheap/core';`);
  expect(gzipSync(script, { level: 9 }).length).toBeLessThan(ALL_COMPRESSED);
  expect(script.length).toBeLessThan(ALL_MINIFIED);
});

test('what is not used is not shipped', () => {
  const script = bundle(`export { BumpHeap } from '@bareheap/core';`);
  expect(script).not.toContain('tlsf');
  expect(bundle(`export { TlsfCalls } from '@bareheap/core';`)).not.toContain('overhead');
  expect(bundle(`import '@bareheap/core';`).trim()).toBe('');
});
