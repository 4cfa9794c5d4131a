import { expect, test } from 'vitest';
import { ByteSink } from '../test/elf-writer.ts';
import { readBuildId } from './build-id.ts';
import { ByteReader } from './byte-reader.ts';
import type { ProgramHeader } from './load-plan.ts';

const PT_NOTE = 4;

/** A note: sizes of name and description, type, then both, padded. */
function note(name: string, type: number, description: readonly number[]): number[] {
  const padded = (bytes: number[]): number[] => {
    while (bytes.length % 4 !== 0) bytes.push(0);
    return bytes;
  };
  const text = [...name, '\0'].map((letter) => letter.charCodeAt(0));
  const sink = new ByteSink();
  sink.u32(text.length).u32(description.length).u32(type);
  return [...sink.bytes, ...padded(text), ...padded([...description])];
}

/** Counts the words that are read. */
class CountingReader extends ByteReader {
  words = 0;

  override u32(offset: number): number {
    this.words++;
    return super.u32(offset);
  }
}

function programOf(fileSize: number): ProgramHeader {
  const header = { type: PT_NOTE, flags: 4, offset: 0, fileSize, memorySize: fileSize, align: 4 };
  return { ...header, virtualAddress: 0, physicalAddress: 0 };
}

function buildId(bytes: readonly number[], changes: Partial<ProgramHeader> = {}): string | null {
  const program = { ...programOf(bytes.length), ...changes };
  return readBuildId(new ByteReader(new Uint8Array(bytes), 'notes'), [program]);
}

test('the build id is found behind other notes', () => {
  const property = note('GNU', 5, [1, 2, 3, 4, 5]);
  expect(buildId([...property, ...note('GNU', 3, [0xab, 0x01, 0xff])])).toBe('ab01ff');
});

test('notes of others, and what ends too early, are no build id', () => {
  expect(buildId(note('ABC', 3, [1, 2]))).toBeNull();
  expect(buildId(note('GNU', 3, []))).toBeNull();
  expect(buildId(note('GNU', 3, [1, 2, 3, 4]).slice(0, -1))).toBeNull();
  expect(buildId(note('GNU', 3, [1]), { fileSize: 1000 })).toBeNull();
  expect(buildId(note('GNU', 3, [1]), { type: 1 })).toBeNull();
});

test('notes that many program headers name are looked at once', () => {
  const reader = new CountingReader(new Uint8Array(12_000), 'notes');
  const programs = Array.from({ length: 1000 }, () => programOf(reader.length));
  expect(readBuildId(reader, programs)).toBeNull();
  expect(reader.words).toBe(reader.length / 4);
});
