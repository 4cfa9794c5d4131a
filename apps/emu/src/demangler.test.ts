import { type ImageSymbol, SymbolTable } from '@bareheap/image';
import { beforeAll, expect, test } from 'vitest';
import {
  type Demangle,
  hasMangled,
  isMangled,
  loadDemangler,
  mayHaveMangled,
} from './demangler.ts';

const latin1 = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'latin1'));

let demangle: Demangle;
beforeAll(async () => {
  demangle = await loadDemangler();
});

test.each([
  ['_ZN3foo3barEi', 'foo::bar(int)'],
  ['_Znwj', 'operator new(unsigned int)'],
  ['_ZdlPvj', 'operator delete(void*, unsigned int)'],
  ['_RNvCs1234_7mycrate4main', 'mycrate::main'],
  ['_ZN4core3fmt5Write9write_fmt17h0123456789abcdefE', 'core::fmt::Write::write_fmt'],
])('%s', (name, text) => expect(demangle(name)).toBe(text));

test.each(['malloc', '_start', '_Z', '_Rx', '', `_Z${'N'.repeat(100_000)}`])(
  'a name that is not mangled stays as it is',
  (name) => expect(demangle(name)).toBe(name),
);

test('mangled names are told by how they begin', () => {
  expect(['_ZN1a1bEv', '_RNvC1a1b', '_sbrk', 'ZN'].map(isMangled)).toEqual([
    true,
    true,
    false,
    false,
  ]);
});

test.each([
  ['\0_ZN1a1bEv\0', true],
  ['\0_GLOBAL__sub_I__ZN1a1bEv\0', true],
  ['\0_RNvC1a1b\0', true],
  ['\0main\0_Z\0_sbrk\0_Unwind_Resume\0', false],
  ['\0_Z\0_Z1fv\0', true],
  ['\0__RUNTIME_PSEUDO_RELOC_LIST__\0_REENT\0', false],
  ['', false],
])('whether %j may have mangled names', (text, expected) => {
  const bytes = latin1(`..${text}..`);
  expect(mayHaveMangled(bytes.subarray(2))).toBe(expected);
});

test('a file with very many places that could begin a name may have one, and is not searched on', () => {
  const bytesOf = (count: number): Uint8Array => latin1(`${'\0_Z'.repeat(count)}\0`);
  expect(mayHaveMangled(bytesOf(10_000))).toBe(false);
  expect(mayHaveMangled(bytesOf(10_001))).toBe(true);
});

test('names that a program imports count, as they are not among its symbols', () => {
  const bytes = latin1('\0_Znwm\0');
  const operatorNew: ImageSymbol = {
    ...{ name: '_Znwm', address: 0x1000, size: 8, kind: 'function' },
    ...{ global: true, weak: false, thumb: false, limit: null },
  };
  const stripped = { format: 'elf', interpreter: null, symbols: new SymbolTable([]) } as const;
  expect(hasMangled(bytes, stripped)).toBe(false);
  expect(hasMangled(bytes, { ...stripped, interpreter: '/lib/ld.so' })).toBe(true);
  expect(hasMangled(bytes, { ...stripped, format: 'pe' })).toBe(true);
  expect(hasMangled(bytes, { ...stripped, symbols: new SymbolTable([operatorNew]) })).toBe(true);
  expect(hasMangled(new Uint8Array(8), { ...stripped, format: 'pe' })).toBe(false);
});
