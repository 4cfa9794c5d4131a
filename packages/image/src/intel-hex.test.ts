import { describe, expect, test } from 'vitest';
import { parseIntelHex } from './intel-hex.ts';
import { parseImage } from './parse-image.ts';

/** A record with its length and checksum. */
function record(type: number, address: number, data: readonly number[]): string {
  const bytes = [data.length, address >> 8, address & 0xff, type, ...data];
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  const all = [...bytes, -sum & 0xff];
  return `:${all.map((byte) => byte.toString(16).padStart(2, '0').toUpperCase()).join('')}`;
}

const END = ':00000001FF';
const file = (...lines: string[]): Uint8Array => new TextEncoder().encode(lines.join('\n'));
const segmentsOf = (...lines: string[]): [number, number[]][] =>
  parseIntelHex(file(...lines)).segments.map((s) => [s.virtualAddress, [...s.bytes]]);

describe('records', () => {
  test('the example of the specification: data at 0x0030', () => {
    expect(segmentsOf(':0300300002337A1E', END)).toEqual([[0x30, [0x02, 0x33, 0x7a]]]);
  });

  test('data in any order joins into segments', () => {
    const lines = [record(0, 4, [5, 6]), record(0, 0, [1, 2, 3, 4]), record(0, 0x100, [9]), END];
    expect(segmentsOf(...lines)).toEqual([
      [0, [1, 2, 3, 4, 5, 6]],
      [0x100, [9]],
    ]);
  });

  test('linear and segment addresses are added', () => {
    const lines = [
      record(4, 0, [0x08, 0x00]),
      record(0, 0x10, [1]),
      record(4, 0, [0x20, 0x00]),
      record(0, 0, [2]),
      record(2, 0, [0x12, 0x34]),
      record(0, 5, [3]),
      END,
    ];
    expect(segmentsOf(...lines)).toEqual([
      [0x12345, [3]],
      [0x08000010, [1]],
      [0x20000000, [2]],
    ]);
  });

  test('start addresses are the entry', () => {
    expect(parseIntelHex(file(record(5, 0, [8, 0, 0, 0xc1]), END)).entry).toBe(0x080000c1);
    expect(parseIntelHex(file(record(3, 0, [0x12, 0x34, 0, 5]), END)).entry).toBe(0x12345);
    expect(parseIntelHex(file(END)).entry).toBeNull();
  });

  test('line ends of any system, blank lines, lower case, and what follows the end', () => {
    const text = `\r\n${record(0, 0, [0xab]).toLowerCase()}\r\n  \r${END}\nanything`;
    const { segments } = parseIntelHex(new TextEncoder().encode(text));
    expect([...segments[0]!.bytes]).toEqual([0xab]);
  });
});

test.each<[string, string, string]>([
  [':0400000001020304F3', 'bad-hex', 'line 1: checksum 0xf3, must be 0xf2'],
  [':01000001FE', 'bad-hex', 'line 1: the record says 1 bytes of data and has 0'],
  [':00', 'bad-hex', 'line 1: a cut record'],
  ['\n\n:0300300002337A1', 'bad-hex', 'line 3: a cut record'],
  [':0g00000000', 'bad-hex', 'line 1: not a hexadecimal digit at column 2'],
  ['nonsense', 'bad-hex', 'line 1: a record starts with a colon'],
  [`:${'00'.repeat(300)}`, 'bad-hex', 'line 1: a record longer than any may be'],
  [record(6, 0, []), 'bad-hex', 'line 1: record type 6'],
  [record(4, 0, [1]), 'bad-hex', 'a record of type 4 has 2 bytes of data, not 1'],
  [`${record(4, 0, [255, 255])}\n${record(0, 0xffff, [1, 2])}`, 'bad-hex', 'line 2: data past'],
  [record(0, 0, [1]), 'truncated', 'without its end record'],
  [`${record(0, 0, [1, 2])}\n${record(0, 1, [3])}\n${END}`, 'overlapping-segments', 'at 0x1'],
])('%j is refused: %s, %s', (text, code, message) => {
  const parse = (): unknown => parseIntelHex(new TextEncoder().encode(text));
  expect(parse).toThrow(expect.objectContaining({ code }));
  expect(parse).toThrow(message);
});

test('a file is told by its first bytes, and may be empty of data', () => {
  const plan = parseImage(file(record(0, 0, [1, 2, 3, 4]), END));
  expect(plan).toMatchObject({ format: 'hex', machine: null, entry: null, elf: null });
  expect(() => parseImage(file(END))).toThrow(expect.objectContaining({ code: 'empty' }));
});
