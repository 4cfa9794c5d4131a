/**
 * Files made to make a parser crash, hang or allocate. Each must end soon, in a plan or in an
 * ImageError; what a correct parser does in milliseconds a quadratic one does in minutes.
 */
import { describe, expect, test } from 'vitest';
import { ByteSink, type ElfParts, type ElfSection, writeElf } from '../test/elf-writer.ts';
import { processorMilliseconds } from '../test/processor-time.ts';
import { LineTable } from './dwarf-lines.ts';
import { parseImage } from './parse-image.ts';
import { Symbolizer } from './symbolizer.ts';

/** Of the processor's time. */
const MILLISECONDS = 5000;
const CODE = new Uint8Array(64);

function elf(sections: readonly ElfSection[], more: Partial<ElfParts> = {}): Uint8Array {
  return writeElf({
    machine: 40,
    entry: 0x101,
    segments: [{ virtualAddress: 0x100, bytes: CODE, memorySize: 64, flags: 5 }],
    symbols: [{ name: 'main', value: 0x101, size: 64, info: 0x12 }],
    sections,
    ...more,
  });
}

/** Parses and asks for everything; fails when it takes long. */
function use(bytes: Uint8Array): number {
  const start = processorMilliseconds();
  const plan = parseImage(bytes);
  const symbolizer = new Symbolizer(plan);
  for (let address = 0x100; address < 0x140; address += 8) symbolizer.frames(address);
  let rows = 0;
  for (const _ of new LineTable(plan).rows()) rows++;
  expect(processorMilliseconds() - start).toBeLessThan(MILLISECONDS);
  return rows;
}

/** A line number program of version 5 whose directory table is as told. */
function lines5(directories: (sink: ByteSink) => void): Uint8Array {
  const rest = new ByteSink().u8(1, 1, 1, 0xfb, 14, 1);
  directories(rest);
  const unit = new ByteSink().u16(5).u8(4, 0).u32(rest.length).raw(rest.done());
  return new ByteSink().u32(unit.length).raw(unit.done()).done();
}

describe('DWARF that would not end', () => {
  test('a table of paths with a huge count and no bytes to an entry', () => {
    const bytes = lines5((sink) => sink.u8(0).uleb(2 ** 52));
    expect(use(elf([{ name: '.debug_line', bytes }]))).toBe(0);
  });

  test('entries of a form that has no bytes', () => {
    const bytes = lines5((sink) =>
      sink
        .u8(1)
        .uleb(1)
        .uleb(0x19)
        .uleb(2 ** 52),
    );
    expect(use(elf([{ name: '.debug_line', bytes }]))).toBe(0);
  });

  test('a number of more bits than a double has', () => {
    const long = new Uint8Array(4000).fill(0x80);
    const bytes = lines5((sink) => sink.u8(1).uleb(1).uleb(8).raw(long).u8(0));
    expect(use(elf([{ name: '.debug_line', bytes }]))).toBe(0);
  });

  test('units of length zero', () => {
    const bytes = new Uint8Array(400_000);
    const sections = ['.debug_line', '.debug_info'].map((name) => ({ name, bytes }));
    expect(use(elf(sections))).toBe(0);
  });

  test('thousands of units, each with an abbreviation table inside all others', () => {
    const count = 20_000;
    const shapes = new ByteSink();
    for (let code = 2; code < count; code++) shapes.uleb(code).u8(0x2e, 0, 0, 0);
    const info = new ByteSink();
    for (let unit = 0; unit < count; unit++) {
      info
        .u32(8)
        .u16(4)
        .u32(unit * 4)
        .u8(4, 1);
    }
    const sections = [
      { name: '.debug_abbrev', bytes: shapes.done() },
      { name: '.debug_info', bytes: info.done() },
    ];
    use(elf(sections));
  });

  test('thousands of functions that share one long list of ranges', () => {
    const shapes = new ByteSink().u8(1, 0x11, 1, 0, 0, 2, 0x2e, 0, 0x55, 0x17, 0, 0, 0);
    const entries = new ByteSink().u8(1);
    for (let n = 0; n < 20_000; n++) entries.u8(2).u32(0);
    const unit = new ByteSink().u16(4).u32(0).u8(4).raw(entries.u8(0).done());
    const ranges = new ByteSink();
    for (let n = 0; n < 20_000; n++) ranges.u32(0x100).u32(0x101);
    const sections = [
      { name: '.debug_abbrev', bytes: shapes.done() },
      { name: '.debug_info', bytes: new ByteSink().u32(unit.length).raw(unit.done()).done() },
      { name: '.debug_ranges', bytes: ranges.u32(0).u32(0).done() },
    ];
    use(elf(sections));
  });

  test('names that refer to themselves', () => {
    const shapes = new ByteSink()
      .u8(1, 0x11, 1, 0, 0)
      .u8(2, 0x2e, 0, 0x11, 0x01, 0x12, 0x06, 0x31, 0x13, 0, 0, 0);
    const entry = new ByteSink().u8(1, 2).u32(0x100).u32(64).u32(12).u8(0);
    const unit = new ByteSink().u16(4).u32(0).u8(4).raw(entry.done());
    const sections = [
      { name: '.debug_abbrev', bytes: shapes.done() },
      { name: '.debug_info', bytes: new ByteSink().u32(unit.length).raw(unit.done()).done() },
    ];
    use(elf(sections));
  });
});

describe('tables that would take all memory or time', () => {
  test('symbols that all have the same long name', () => {
    const names = new Uint8Array(300_000).fill(0x61);
    const count = 20_000;
    const table = new ByteSink();
    for (let n = 0; n < count; n++) table.u32(n).u32(0x100).u32(4).u8(0x12, 0).u16(1);
    const sections = [
      { name: '.names', type: 3, bytes: names },
      { name: '.symbols', type: 11, link: 2, bytes: table.done() },
    ];
    use(elf(sections));
  });

  test('as many sections as there can be, all named by one long text', () => {
    const bytes = elf([]);
    const start = processorMilliseconds();
    const headers = 0xfeff;
    const file = new Uint8Array(bytes.length + headers * 40 + 100_000).fill(0x61);
    file.set(bytes);
    const view = new DataView(file.buffer);
    const table = bytes.length;
    view.setUint32(32, table, true);
    view.setUint16(48, headers, true);
    view.setUint16(50, 1, true);
    file.fill(0, table, table + headers * 40);
    view.setUint32(table + 40 + 16, table + headers * 40, true);
    view.setUint32(table + 40 + 20, 100_000, true);
    expect(parseImage(file).sections).toHaveLength(headers);
    expect(processorMilliseconds() - start).toBeLessThan(MILLISECONDS);
  });

  test('a compressed section that claims gigabytes', () => {
    const header = new ByteSink().u32(1).u32(0xfffffff0).u32(1);
    const bytes = header.u8(0x78, 0x9c, 3, 0, 0, 0, 0, 1).done();
    const plan = parseImage(elf([{ name: '.debug_line', flags: 0x800, bytes }]));
    const symbolizer = new Symbolizer(plan);
    expect(symbolizer.at(0x110)).toMatchObject({ function: 'main', line: null });
    expect(symbolizer.refusals).toEqual([
      '.debug_line: a compressed section is damaged: claims 4294967280 bytes',
    ]);
  });

  test('a section compressed with what is not read says so', () => {
    const bytes = new ByteSink().u32(2).u32(100).u32(1).u32(0).done();
    const plan = parseImage(elf([{ name: '.debug_line', flags: 0x800, bytes }]));
    const symbolizer = new Symbolizer(plan);
    symbolizer.at(0x110);
    expect(symbolizer.refusals).toEqual(['.debug_line: compressed with zstd, only zlib is read']);
  });

  test('a line of Intel HEX of a million digits', () => {
    const file = new TextEncoder().encode(`:${'0'.repeat(1_000_000)}`);
    expect(() => parseImage(file)).toThrow('line 1: a record longer than any may be');
  });

  test('a program header table of 2^32 entries', () => {
    const bytes = elf([]);
    const view = new DataView(bytes.buffer);
    view.setUint16(44, 0xffff, true);
    view.setUint32(view.getUint32(32, true) + 28, 0xffffffff, true);
    expect(() => parseImage(bytes)).toThrow('truncated: the program headers end past the file');
  });
});

test('names that would steer a terminal are defused', () => {
  const name = 'main\u001b[2J\u0007\n';
  const bytes = elf([], { symbols: [{ name, value: 0x101, size: 64, info: 0x12 }] });
  expect(new Symbolizer(parseImage(bytes)).at(0x100).function).toBe('main\ufffd[2J\ufffd\ufffd');
});
