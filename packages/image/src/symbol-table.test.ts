import { describe, expect, test } from 'vitest';
import { type ImageSymbol, SymbolTable } from './symbol-table.ts';

const symbol = (name: string, address: number, more: Partial<ImageSymbol> = {}): ImageSymbol => ({
  name,
  address,
  size: 0,
  kind: 'function',
  global: true,
  weak: false,
  thumb: false,
  limit: 0x1000,
  ...more,
});
const nameAt = (symbols: readonly ImageSymbol[], address: number): string | null =>
  new SymbolTable(symbols).at(address)?.name ?? null;

describe('an address belongs to', () => {
  const symbols = [
    symbol('outer', 0x100, { size: 0x40 }),
    symbol('inner', 0x110, { size: 0x10 }),
    symbol('label', 0x150),
    symbol('array', 0x200, { size: 8, kind: 'object' }),
    symbol('last_label', 0xff0),
  ];
  test.each<[number, string | null]>([
    [0xff, null],
    [0x100, 'outer'],
    [0x110, 'inner'],
    [0x11f, 'inner'],
    [0x120, 'outer'],
    [0x13f, 'outer'],
    [0x140, null],
    [0x150, 'label'],
    [0x1ff, 'label'],
    [0x200, 'array'],
    [0x208, null],
    [0xfff, 'last_label'],
    [0x1000, null],
  ])('0x%s: %s', (address, name) => {
    expect(nameAt(symbols, address)).toBe(name);
  });
});

describe('of names for one address', () => {
  const size = 8;
  test.each<[string, string, ImageSymbol[]]>([
    ['the function', 'f', [symbol('f', 0), symbol('a_label', 0, { kind: 'other' })]],
    ['the one with a size', 'sized', [symbol('bare', 0), symbol('sized', 0, { size })]],
    [
      'the plainest',
      'memcpy',
      [symbol('__aeabi_memcpy', 0, { size }), symbol('memcpy', 0, { size, weak: true })],
    ],
    [
      'the strong one',
      'unexpected_exception',
      [symbol('SVC', 0, { size, weak: true }), symbol('unexpected_exception', 0, { size })],
    ],
    [
      'the global one',
      'visible',
      [symbol('hidden', 0, { size, global: false }), symbol('visible', 0, { size })],
    ],
  ])('%s counts', (_, name, symbols) => {
    expect(nameAt(symbols, 4)).toBe(name);
    expect(nameAt([...symbols].reverse(), 4)).toBe(name);
  });
});

test('numbers that are no addresses have a name and no place', () => {
  const table = new SymbolTable([symbol('__stack_size', 0x400, { kind: 'other', limit: null })]);
  expect(table.byName('__stack_size')?.address).toBe(0x400);
  expect(table.at(0x400)).toBeNull();
});

test('mapping symbols tell code from data', () => {
  const table = new SymbolTable(
    [],
    [
      { address: 0x10, kind: 'data' },
      { address: 0x20, kind: 'thumb' },
    ],
  );
  const kinds = [0, 0x10, 0x1f, 0x20, 0x100].map((address) => table.codeAt(address));
  expect(kinds).toEqual([null, 'data', 'data', 'thumb', 'thumb']);
});
