/** CPUID tells of what is lifted, and of nothing else. */
import { expect, test } from 'vitest';
import { x86Cpuid } from './cpuid.ts';
import { X86_ROWS } from './table.ts';
import { isLifted, LIFTED_FEATURES } from './x86-isa.ts';

const cpuid = x86Cpuid(LIFTED_FEATURES);
const EXTENDED = 0x80000000;

const text = (...words: number[]): string => {
  const bytes = Buffer.alloc(words.length * 4);
  words.forEach((word, n) => {
    bytes.writeUInt32LE(word >>> 0, n * 4);
  });
  return bytes.toString('latin1').replace(/\0+$/, '');
};

test('every instruction of a feature that is told of is lifted', () => {
  const missing = X86_ROWS.filter((row) => LIFTED_FEATURES.has(row.feature) && !isLifted(row));
  expect(missing.map(({ mnemonic, encoding }) => `${encoding} ${mnemonic}`)).toEqual([]);
});

test('a feature none of whose instructions is lifted is not told of', () => {
  const features = new Set(X86_ROWS.map(({ feature }) => feature));
  for (const feature of features) {
    if (feature === 'base' || LIFTED_FEATURES.has(feature)) continue;
    const rows = X86_ROWS.filter((row) => row.feature === feature);
    // Shadow stacks are off: what is left of them are NOPs.
    const isHint = feature === 'cet';
    expect(isHint || rows.some((row) => !isLifted(row)), feature).toBe(true);
  }
});

test('names', () => {
  const [, b, c, d] = cpuid(0, 0);
  expect(text(b, d, c)).toBe('GenuineIntel');
  const name = [2, 3, 4].flatMap((leaf) => [...cpuid(EXTENDED + leaf, 0)]);
  expect(text(...name)).toBe('bareheap x86-64');
});

test.each([
  ['SSE2', 1, 3, 26, true],
  ['SSE4.2', 1, 2, 20, true],
  ['AES', 1, 2, 25, true],
  ['OSXSAVE', 1, 2, 27, true],
  ['AVX', 1, 2, 28, false],
  ['RDRAND', 1, 2, 30, false],
  ['FSGSBASE', 7, 1, 0, true],
  ['AVX2', 7, 1, 5, false],
  ['BMI2', 7, 1, 8, true],
  ['LZCNT', EXTENDED + 1, 2, 5, true],
  ['long mode', EXTENDED + 1, 3, 29, true],
] as const)('%s at its place', (_, leaf, register, bit, isThere) => {
  expect(((cpuid(leaf, 0)[register] >>> bit) & 1) === 1).toBe(isThere);
});

test('without features there is only what every x86-64 has', () => {
  const bare = x86Cpuid(new Set());
  expect(bare(1, 0)[2]).toBe(0);
  expect(bare(0xd, 0)).toEqual([0, 0, 0, 0]);
  expect(cpuid(0xd, 0)).toEqual([3, 576, 576, 0]);
});

test('leaves that there are none of are zeros', () => {
  expect(cpuid(0x40000000, 0)).toEqual([0, 0, 0, 0]);
  expect(cpuid(7, 1)).toEqual([0, 0, 0, 0]);
});

test('four caches, then none', () => {
  const bytes = [0, 1, 2, 3].map((n) => {
    const [, b, c] = cpuid(4, n);
    return (((b >>> 22) & 0x3ff) + 1) * ((b & 0xfff) + 1) * (c + 1);
  });
  expect(bytes).toEqual([32768, 32768, 262144, 8388608]);
  expect(cpuid(4, 4)[0] & 31).toBe(0);
});
