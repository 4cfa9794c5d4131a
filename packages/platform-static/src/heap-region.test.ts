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
