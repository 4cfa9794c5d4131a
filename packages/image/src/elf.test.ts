import { describe, expect, test } from 'vitest';
import { type ElfParts, writeElf } from '../test/elf-writer.ts';
import { ImageError } from './image-error.ts';
import { parseImage } from './parse-image.ts';

const code = new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]);
const PARTS: ElfParts = {
  machine: 40,
  entry: 0x101,
  segments: [
    { virtualAddress: 0x100, bytes: code, memorySize: 8, flags: 5 },
    { virtualAddress: 0x20000000, physicalAddress: 0x108, bytes: code, memorySize: 64, flags: 6 },
  ],
  symbols: [
    { name: 'main', value: 0x101, size: 4, info: 0x12 },
    { name: 'helper', value: 0x105, size: 0, info: 0x02 },
    { name: '$t', value: 0x100, size: 0, info: 0 },
    { name: 'HEAP', value: 0x20000000, size: 64, info: 0x11 },
  ],
};

function codeOf(bytes: Uint8Array, options = {}): string {
  try {
    parseImage(bytes, options);
  } catch (error) {
    expect(error).toBeInstanceOf(ImageError);
    expect((error as Error).message).not.toContain('\n');
    return (error as ImageError).code;
  }
  return 'parsed';
}

describe('an ELF file', () => {
  test('gives its segments at both addresses, entry and symbols', () => {
    const plan = parseImage(writeElf(PARTS));
    expect(plan).toMatchObject({ format: 'elf', machine: 'arm', pointerBits: 32, entry: 0x101 });
    expect(plan.segments.map((s) => [s.virtualAddress, s.physicalAddress, s.memorySize])).toEqual([
      [0x100, 0x100, 8],
      [0x20000000, 0x108, 64],
    ]);
    expect([...plan.segments[0]!.bytes]).toEqual([...code]);
    expect(plan.segments[1]).toMatchObject({ readable: true, writable: true, executable: false });
  });

  test('names addresses by the nearest symbol that covers them', () => {
    const { symbols } = parseImage(writeElf(PARTS));
    expect(symbols.at(0x102)?.name).toBe('main');
    expect(symbols.at(0x106)?.name).toBe('helper');
    expect(symbols.at(0x50)).toBeNull();
    expect(symbols.at(0x20000010)?.name).toBe('HEAP');
    expect(symbols.at(0x20000040)).toBeNull();
    expect(symbols.byName('main')?.address).toBe(0x100);
    expect(symbols.byName('$t')).toBeNull();
  });

  test('of 64 bits is read with its wide fields', () => {
    const plan = parseImage(writeElf({ ...PARTS, is64: true, machine: 62, entry: 0x100 }));
    expect(plan).toMatchObject({ machine: 'x86-64', pointerBits: 64, entry: 0x100 });
    expect(plan.segments[1]?.virtualAddress).toBe(0x20000000);
    expect(plan.symbols.byName('HEAP')?.size).toBe(64);
  });
});

describe('what cannot be run has a code and one line', () => {
  const [first, second] = PARTS.segments;
  test.each<[string, Uint8Array]>([
    ['empty', new Uint8Array(0)],
    ['unknown-format', new TextEncoder().encode('hello, this is a text file\n')],
    ['truncated', writeElf(PARTS).subarray(0, 30)],
    ['truncated', writeElf(PARTS).subarray(0, 120)],
    ['big-endian', writeElf({ ...PARTS, dataEncoding: 2 })],
    ['unsupported-machine', writeElf({ ...PARTS, machine: 183 })],
    ['unsupported-type', writeElf({ ...PARTS, type: 1 })],
    ['unsupported-type', writeElf({ ...PARTS, type: 4 })],
    ['entry-outside', writeElf({ ...PARTS, entry: 0x5000 })],
    [
      'overlapping-segments',
      writeElf({ ...PARTS, segments: [first!, { ...first!, virtualAddress: 0x104 }] }),
    ],
    [
      'segment-too-large',
      writeElf({ ...PARTS, segments: [first!, { ...second!, memorySize: 0xffffffff }] }),
    ],
    ['bad-header', writeElf({ ...PARTS, segments: [] })],
  ])('%s', (expected, bytes) => {
    expect(codeOf(bytes)).toBe(expected);
  });
});

test('mutated files are parsed or refused, nothing else', { timeout: 600_000 }, () => {
  const count = Number(process.env['BAREHEAP_FUZZ'] ?? 5000);
  const originals = [
    writeElf(PARTS),
    writeElf({ ...PARTS, is64: true, machine: 62, entry: 0x100 }),
  ];
  let state = Number(process.env['BAREHEAP_SEED'] ?? 1) >>> 0;
  const next = (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  let refused = 0;
  for (let run = 0; run < count; run++) {
    const seed = state;
    const bytes = originals[run % 2]!.slice();
    for (let edits = 1 + next(4); edits > 0; edits--) {
      const at = next(10) < 8 ? next(Math.min(bytes.length, 200)) : next(bytes.length);
      bytes[at] = [0, 0xff, 0x7f, 0x80, next(256)][next(5)]!;
    }
    try {
      const plan = parseImage(next(8) === 0 ? bytes.subarray(0, next(bytes.length)) : bytes);
      for (const { bytes: part } of plan.segments)
        expect(part.length).toBeLessThanOrEqual(bytes.length);
    } catch (error) {
      if (!(error instanceof ImageError)) throw new Error(`BAREHEAP_SEED=${seed}: ${error}`);
      refused++;
    }
  }
  expect(refused).toBeGreaterThan(0);
  expect(refused).toBeLessThan(count);
});
