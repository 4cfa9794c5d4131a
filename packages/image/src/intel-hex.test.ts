import { expect, test } from 'vitest';
import { parseIntelHex } from './intel-hex.ts';
import { parseImage } from './parse-image.ts';

test('data records join into segments; extended addresses and the start address count', () => {
  const { segments, entry } = parseIntelHex(
    [
      ':020000040800F2',
      ':0400000001020304F2',
      ':0400040005060708DE',
      ':020000042000DA',
      ':02000000AABB99',
      ':04000005080000C12A'.replace('2A', '2E'),
      ':00000001FF',
    ].join('\n'),
  );
  expect(segments.map((s) => [s.virtualAddress, [...s.bytes]])).toEqual([
    [0x08000000, [1, 2, 3, 4, 5, 6, 7, 8]],
    [0x20000000, [0xaa, 0xbb]],
  ]);
  expect(entry).toBe(0x080000c1);
});

test.each([
  [':0400000001020304F3\n:00000001FF', 'line 1: checksum is wrong'],
  [':00000001FF'.replace('00', '01'), 'line 1: says 1 bytes, has 0'],
  [':0400000001020304F2', 'without its end record'],
  ['nonsense', 'line 1: not a record'],
  [':0400000001020304F2\n:0400020001020304F0\n:00000001FF', 'overlap at 0x2'],
])('%s is refused: %s', (text, message) => {
  expect(() => parseIntelHex(text)).toThrow(message);
});

test('a file is told by its first bytes; raw bytes need a base', () => {
  const hex = new TextEncoder().encode(':0400000001020304F2\n:00000001FF\n');
  expect(parseImage(hex).format).toBe('hex');
  const raw = parseImage(new Uint8Array([1, 2, 3]), { base: 0x8000 });
  expect(raw).toMatchObject({ format: 'raw', machine: null, entry: null });
  expect(raw.segments[0]?.virtualAddress).toBe(0x8000);
});
