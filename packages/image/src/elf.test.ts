import { describe, expect, test } from 'vitest';
import { ByteSink, type ElfParts, stringTable, symbolTable, writeElf } from '../test/elf-writer.ts';
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
  flags: 0x5000400,
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
    expect(plan.elf?.flags.floatAbi).toBe('hard');
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
    expect(symbols.byName('main')?.thumb).toBe(true);
    expect(symbols.byName('$t')).toBeNull();
    expect(symbols.codeAt(0x104)).toBe('thumb');
  });

  test('has its symbols by their names without versions', () => {
    const symbols = [{ name: 'read_all@@LIB_2.1', value: 0x101, size: 4, info: 0x12 }];
    const plan = parseImage(writeElf({ ...PARTS, symbols }));
    expect(plan.symbols.at(0x102)?.name).toBe('read_all');
    expect(plan.symbols.byName('read_all')?.address).toBe(0x100);
  });

  test('of 64 bits is read with its wide fields', () => {
    const plan = parseImage(writeElf({ ...PARTS, is64: true, machine: 62, entry: 0x100 }));
    expect(plan).toMatchObject({ machine: 'x86-64', pointerBits: 64, entry: 0x100 });
    expect(plan.segments[1]?.virtualAddress).toBe(0x20000000);
    expect(plan.symbols.byName('HEAP')?.size).toBe(64);
  });

  test('without section headers gives its segments', () => {
    const plan = parseImage(writeElf({ ...PARTS, stripped: true }));
    expect(plan.sections).toEqual([]);
    expect(plan.symbols.all).toEqual([]);
    expect(plan.segments).toHaveLength(2);
  });

  test('of an Arm program without an entry point has none: it starts by its vector table', () => {
    expect(parseImage(writeElf({ ...PARTS, entry: 0 })).entry).toBeNull();
  });

  test('keeps bytes as views of the file', () => {
    const bytes = writeElf(PARTS);
    const plan = parseImage(bytes);
    for (const { bytes: part } of [...plan.segments, ...plan.sections]) {
      if (part.length > 0) expect(part.buffer).toBe(bytes.buffer);
    }
  });
});

describe('a program for Linux', () => {
  const names = stringTable(['malloc', 'puts']);
  const dynsym = symbolTable(
    [
      { name: 'malloc', value: 0x1010, size: 8, info: 0x12 },
      { name: 'puts', value: 0, size: 0, info: 0x12, section: 0 },
    ],
    names.offsets,
    true,
  );
  const hash = new ByteSink().u32(1).u32(3).u32(1).u32(0).u32(0).u32(0).done();
  const gnuHash = new ByteSink().u32(1).u32(1).u32(1).u32(0).u64(0).u32(1).u32(2).u32(3).done();
  const parts = (hashTag: number, hashBytes: Uint8Array): ElfParts => {
    const body = new ByteSink().raw(names.bytes).align(8);
    const symbolsAt = body.length;
    body.raw(dynsym).align(8);
    const hashAt = body.length;
    body.raw(hashBytes).align(8);
    const dynamic = new ByteSink();
    const tags: [number, number][] = [
      [5, 0x1000],
      [10, names.bytes.length],
      [6, 0x1000 + symbolsAt],
      [hashTag, 0x1000 + hashAt],
      [0, 0],
    ];
    for (const [tag, value] of tags) dynamic.u64(tag).u64(value);
    const bytes = body.done();
    const path = new TextEncoder().encode('/lib64/ld-linux-x86-64.so.2\0');
    return {
      machine: 62,
      is64: true,
      type: 3,
      stripped: true,
      entry: 0x1000,
      segments: [
        { type: 3, virtualAddress: 0x400, bytes: path, memorySize: path.length, flags: 4 },
        { virtualAddress: 0x1000, bytes, memorySize: 0x1000, flags: 5 },
        { type: 2, virtualAddress: 0x3000, bytes: dynamic.done(), memorySize: 0x50, flags: 6 },
      ],
    };
  };

  test.each<[string, number, Uint8Array]>([
    ['DT_HASH', 4, hash],
    ['DT_GNU_HASH', 0x6ffffef5, gnuHash],
  ])('shows its dynamic symbols by %s when it has no sections', (_, tag, bytes) => {
    const plan = parseImage(writeElf(parts(tag, bytes)));
    expect(plan.symbols.all.map(({ name }) => name)).toEqual(['malloc']);
    expect(plan.symbols.at(0x1014)?.name).toBe('malloc');
  });

  test('names its loader and is dynamic', () => {
    const plan = parseImage(writeElf(parts(4, hash)));
    expect(plan).toMatchObject({ interpreter: '/lib64/ld-linux-x86-64.so.2', type: 'dynamic' });
    expect(plan.segments).toHaveLength(1);
    expect(plan.elf?.programHeaders.map(({ type }) => type)).toEqual([3, 1, 2]);
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
    [
      'segment-too-large',
      writeElf({ ...PARTS, segments: [first!, { ...second!, virtualAddress: 0xfffffff0 }] }),
    ],
    [
      'overlapping-segments',
      writeElf({ ...PARTS, segments: [first!, { ...second!, physicalAddress: 0x104 }] }),
    ],
    ['bad-header', writeElf({ ...PARTS, segments: [] })],
    ['bad-header', writeElf({ ...PARTS, segments: [{ ...first!, memorySize: 4 }] })],
    ['bad-header', writeElf({ ...PARTS, dataEncoding: 3 })],
    ['bad-header', writeElf({ ...PARTS, is64: true })],
    ['unsupported-machine', writeElf({ ...PARTS, machine: 62 })],
    ['unsupported-format', new TextEncoder().encode('MZ and so on')],
    ['unsupported-format', new TextEncoder().encode('#!/bin/sh\necho hello\n')],
    ['unsupported-format', new TextEncoder().encode('S00600004844521B\n')],
    ['unknown-format', new Uint8Array(64)],
  ])('%s', (expected, bytes) => {
    expect(codeOf(bytes)).toBe(expected);
  });
});

test('raw bytes are loaded at their base', () => {
  const plan = parseImage(new Uint8Array([1, 2, 3]), { base: 0x8000 });
  expect(plan).toMatchObject({ format: 'raw', machine: null, entry: null });
  expect(plan.segments[0]?.virtualAddress).toBe(0x8000);
  for (const base of [-1, 0.5, 2 ** 32 - 2, Number.NaN]) {
    expect(codeOf(new Uint8Array(3), { base })).toBe('segment-too-large');
  }
});

test('the limit on memory is the caller’s', () => {
  expect(codeOf(writeElf(PARTS), { memoryLimit: 72 })).toBe('parsed');
  expect(codeOf(writeElf(PARTS), { memoryLimit: 71 })).toBe('segment-too-large');
});
