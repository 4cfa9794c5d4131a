/**
 * What the integer instructions of MMX and SSE compute, against what a real processor did, as
 * tools/oracle/x86-packed.mjs recorded it.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { PACKED_CIPHER } from './packed-cipher.ts';
import { PACKED_INTEGER } from './packed-integer.ts';
import { StringUnit } from './packed-string.ts';

const FILE = new URL('../../../../../tools/oracle/x86-truth/packed.txt', import.meta.url);
const STRING = /^pcmp[ei]str[im]$/;
const unit = new StringUnit();
const OPERATIONS = { ...PACKED_INTEGER, ...PACKED_CIPHER };

const viewOf = (hex: string): DataView =>
  new DataView(Uint8Array.from(Buffer.from(hex, 'hex')).buffer);
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

const lines = readFileSync(FILE, 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => line.split('\t') as [string, string, string, string, string, string, string?]);

test('lane by lane, ciphers and products, as the processor does it', () => {
  const packed = lines.filter(([mnemonic]) => !STRING.test(mnemonic));
  for (const [mnemonic, immediate, width, a, b, result] of packed) {
    const operation = OPERATIONS[mnemonic]!;
    const ours = operation(viewOf(a), viewOf(b), Number(width), Number(immediate));
    expect(hexOf(ours), `${mnemonic} ${immediate} ${a} ${b}`).toBe(result);
  }
});

test('strings, as the processor compares them', () => {
  const strings = lines.filter(([mnemonic]) => STRING.test(mnemonic));
  expect(strings.length).toBeGreaterThan(20);
  for (const [mnemonic, immediate, lengths, a, b, result, flags] of strings) {
    const explicit =
      lengths === '-' ? null : (lengths.split(' ').map(BigInt) as unknown as [bigint, bigint]);
    unit.run(viewOf(a), viewOf(b), Number(immediate), explicit);
    const value = mnemonic.endsWith('i') ? String(unit.index) : hexOf(unit.mask);
    const what = `${mnemonic} ${immediate} ${lengths} ${a} ${b}`;
    expect([value, unit.flags], what).toEqual([result, Number(flags)]);
  }
});

test('every operation is in the record', () => {
  const seen = new Set(lines.map(([mnemonic]) => mnemonic));
  expect(Object.keys(OPERATIONS).filter((name) => !seen.has(name))).toEqual([]);
});

describe('AES', () => {
  test('a round of FIPS 197, appendix B', () => {
    const state = viewOf('193de3bea0f4e22b9ac68d2ae9f84808');
    const key = viewOf('a0fafe1788542cb123a339392a6c7605');
    const next = PACKED_CIPHER['aesenc']!(state, key, 16, -1);
    expect(hexOf(next)).toBe('a49c7ff2689f352b6b5bea43026a5049');
  });
});

describe('strings', () => {
  const text = (value: string): DataView =>
    viewOf(hexOf(Uint8Array.from(Buffer.from(value.padEnd(16, '\0')))));

  test.each([
    ['the first of a set', 0x00, 'aeiou', 'rhythm and', 7],
    ['the first not in a range', 0x14, 'az', 'letters9', 7],
    ['a string in another', 0x0c, 'lo', 'hello', 3],
    ['the first difference', 0x18, 'compare', 'compute', 4],
    ['nothing', 0x00, 'xyz', 'abc', 16],
  ])('%s', (_, immediate, a, b, index) => {
    unit.run(text(a), text(b), immediate, null);
    expect(unit.index).toBe(index);
  });
});
