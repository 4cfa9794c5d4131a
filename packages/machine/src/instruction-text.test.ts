import { describe, expect, test } from 'vitest';
import { instructionText } from './instruction-text.ts';

/** The text of code behind which nothing is mapped. */
function textOf(code: readonly number[], start = 0x401000): string {
  const bytes = Uint8Array.from(code);
  return instructionText((address, length) => {
    const at = address - start;
    return at + length > bytes.length ? null : bytes.slice(at, at + length);
  }, start);
}

const NOP = 0x90;
const PADDING = new Array<number>(15).fill(NOP);

test.each([
  [[0x48, 0x0f, 0xc7, 0xf0], 'rdrand rax (48 0f c7 f0)'],
  [[0x0f, 0x0b], 'ud2 (0f 0b)'],
  [[0xf4], 'hlt (f4)'],
])('%j is named by its mnemonic and its own bytes', (code, text) => {
  expect(textOf([...code, ...PADDING])).toBe(text);
});

test.each([
  [[0xc5, 0xf8, 0x58, 0xc1], 'AVX, FMA or their kin (VEX) (c5 f8 58 c1 90 90 90 90 …)'],
  [[0x62, 0xf1, 0x7c, 0x48], 'AVX-512 or its kin (EVEX) (62 f1 7c 48 90 90 90 90 …)'],
  [[0x0f, 0x0a], 'unknown instruction (0f 0a 90 90 90 90 90 90 …)'],
])('%j has no row: what its encoding tells, and its bytes', (code, text) => {
  expect(textOf([...code, ...PADDING])).toContain(text);
});

describe('at the end of a page', () => {
  test('an instruction goes on in the next page', () => {
    expect(textOf([0x48, 0x0f, 0xc7, 0xf0, ...PADDING], 0x401ffe)).toBe('rdrand rax (48 0f c7 f0)');
  });

  test('nothing behind it', () => {
    expect(textOf([0x0f, 0x0b], 0x401ffe)).toBe('ud2 (0f 0b)');
    expect(textOf([0x48, 0x0f], 0x401ffe)).toBe('an unknown instruction (48 0f …)');
    expect(textOf([], 0x401ffe)).toBe('an instruction that cannot be read');
  });
});
