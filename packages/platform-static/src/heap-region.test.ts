import { expect, test } from 'vitest';
import { findHeapRegion } from './heap-region.ts';

const ram = { start: 0x20000000, end: 0x20010000 };
const symbol = (name: string, address: number, size = 0) => ({ name, address, size });
const find = (symbols: ReturnType<typeof symbol>[], sizeBytes: number | null = null) =>
  findHeapRegion({ symbols, ram, sizeBytes });

test('symbols around the heap come before an array, and an array before the end of data', () => {
  const around = [symbol('__heap_start', 0x20001000), symbol('__heap_end', 0x20003000)];
  const array = symbol('HEAP', 0x20005000, 8192);
  const end = symbol('end', 0x20008001);
  expect(find([end, array, ...around])).toMatchObject({ start: 0x20001000, end: 0x20003000 });
  expect(find([end, array])).toMatchObject({ start: 0x20005000, end: 0x20007000 });
  expect(find([end])).toMatchObject({ start: 0x20008008, end: 0x2000a008, source: 'after end' });
});

test('a size that is asked for cuts the region, and is refused when it does not fit', () => {
  const around = [symbol('__HeapBase', 0x20001000), symbol('__HeapLimit', 0x20003000)];
  expect(find(around, 4096).end).toBe(0x20002000);
  expect(() => find(around, 10_000)).toThrow(/smaller than the 10000 asked for/);
  expect(find([symbol('_end', 0x20001000)], 16_384).end).toBe(0x20005000);
});

test('no symbol, a region outside the RAM and one of a few bytes are errors with a code', () => {
  expect(() => find([])).toThrow(expect.objectContaining({ code: 'no-region' }));
  expect(() => find([symbol('end', 0x2000ff00)])).toThrow(
    expect.objectContaining({ code: 'region-outside-ram' }),
  );
  expect(() => find([symbol('end', 0x20000000)], 32)).toThrow(
    expect.objectContaining({ code: 'region-too-small' }),
  );
});

test('an array is found by its variable, however a compiler mangles the name', () => {
  const names = [
    'ucHeap',
    'heap_memory.0',
    '_ZN8firmware4HEAP17hce139131e29fa2acE',
    '_ZN8firmware4boot6memory5arena8HEAP_MEM17hfca9dae89a561137E',
    '_RNvCs7HCAZzHDHu8_8firmware4HEAP',
    '_RNvNvNtNtCs7HCAZzHDHu8_8firmware4boot6memory5arena8HEAP_MEM',
  ];
  for (const name of names) {
    expect(find([symbol(name, 0x20000400, 8192)])).toMatchObject({
      start: 0x20000400,
      end: 0x20002400,
    });
  }
  for (const name of ['CHEAP', '_ZN8firmware5CHEAP17hce139131e29fa2acE', 'heap_sort', 'xHEAP.0']) {
    expect(() => find([symbol(name, 0x20000400, 8192)])).toThrow(/no heap region/);
  }
});

test('the bytes are taken for the heap, not the allocator beside them, nor code', () => {
  const allocator = symbol('_ZN8firmware4HEAP17h0123456789abcdefE', 0x20000000, 4228);
  const bytes = symbol('_ZN8firmware8HEAP_MEM17h0123456789abcdefE', 0x20002000, 1024);
  expect(find([allocator, bytes]).start).toBe(0x20002000);
  expect(() => find([symbol('heap', 0x8000, 200)])).toThrow(/no heap region/);
  const twice = [symbol('heap', 0x20000100, 100), symbol('heap.1', 0x20001000, 4096)];
  expect(find(twice).start).toBe(0x20001000);
});

test('a variable that holds the limit is not the limit', () => {
  const symbols = [
    symbol('__heap_start', 0x20001000),
    symbol('__heap_limit', 0x20000010, 4),
    symbol('end', 0x20001000),
  ];
  expect(find(symbols)).toMatchObject({ end: 0x20003000, source: 'after end' });
  const high = [symbol('__heap_start', 0x20001000), symbol('__heap_limit', 0x20003ffc, 4)];
  expect(find(high)).toMatchObject({ end: 0x20003000, source: 'after __heap_start' });
});
