/**
 * Mutated files: each is parsed or refused with an ImageError, soon, and what is parsed can be
 * asked for symbols and lines.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'vitest';
import { type ElfParts, writeElf } from '../test/elf-writer.ts';
import { MUTATED_COUNT, useMutatedFiles } from '../test/mutated-files.ts';
import { LineTable } from './dwarf-lines.ts';
import { parseImage } from './parse-image.ts';
import { Symbolizer } from './symbolizer.ts';

const FIXTURES = new URL('../test/fixtures/', import.meta.url);
const WINDOWS = new URL('../../../test/guests/windows/prebuilt/', import.meta.url);
/** What edits prefer: the headers. */
const HEADER_BYTES = 220;

const PARTS: ElfParts = {
  machine: 40,
  entry: 0x101,
  segments: [
    { virtualAddress: 0x100, bytes: new Uint8Array(32), memorySize: 32, flags: 5 },
    { virtualAddress: 0x2000, bytes: new Uint8Array(8), memorySize: 64, flags: 6 },
  ],
  symbols: [{ name: 'main', value: 0x101, size: 32, info: 0x12 }],
};
const HEX = ':020000040800F2\n:0400000001020304F2\n:04000005080000C12E\n:00000001FF\n';

const originals: Uint8Array[] = [
  writeElf(PARTS),
  writeElf({ ...PARTS, is64: true, machine: 62, entry: 0x100 }),
  writeElf({ ...PARTS, stripped: true }),
  new TextEncoder().encode(HEX),
  ...readdirSync(FIXTURES)
    .filter((name) => name.endsWith('-flash.elf'))
    .map((name) => Uint8Array.from(readFileSync(new URL(name, FIXTURES)))),
  Uint8Array.from(readFileSync(new URL('hello.exe', WINDOWS))),
];

/** Parses a file and asks for symbols and lines. */
function use(bytes: Uint8Array): void {
  const plan = parseImage(bytes);
  const held = plan.segments.reduce((sum, segment) => sum + segment.bytes.length, 0);
  const views = plan.segments.every((segment) => segment.bytes.buffer === bytes.buffer);
  if (!views && held > bytes.length) throw new Error(`${held} bytes of ${bytes.length}`);
  const symbolizer = new Symbolizer(plan);
  const start = plan.segments[0]!.virtualAddress;
  for (let offset = 0; offset < 256; offset += 16) symbolizer.frames(start + offset);
  for (const row of new LineTable(plan).rows()) symbolizer.at(row.address);
}

test(`${MUTATED_COUNT} mutated files are parsed or refused`, { timeout: 3_600_000 }, () => {
  useMutatedFiles(
    originals.map((bytes) => ({ bytes, targets: [[0, HEADER_BYTES]] })),
    use,
  );
});
