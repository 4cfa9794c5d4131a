/**
 * Mutated files: each is parsed or refused with an ImageError, soon, and what is parsed can be
 * asked for symbols and lines. BAREHEAP_FUZZ sets the number of files, BAREHEAP_SEED replays one.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { Random } from '@bareheap/conformance';
import { expect, test } from 'vitest';
import { type ElfParts, writeElf } from '../test/elf-writer.ts';
import { LineTable } from './dwarf-lines.ts';
import { ImageError } from './image-error.ts';
import { parseImage } from './parse-image.ts';
import { Symbolizer } from './symbolizer.ts';

const FIXTURES = new URL('../test/fixtures/', import.meta.url);
const WINDOWS = new URL('../../../test/guests/windows/prebuilt/', import.meta.url);
const COUNT = Number(process.env['BAREHEAP_FUZZ'] ?? 3000);
const SEED = process.env['BAREHEAP_SEED'];
/** A file takes about a millisecond; the test's machine may be busy. */
const MILLISECONDS = 2000;
const HEADER_BYTES = 220;
const VALUES = [0, 1, 0x7f, 0x80, 0xfe, 0xff];

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

/** A file with some bytes changed, more of them in its first headers, and perhaps cut. */
function mutate(random: Random): Uint8Array {
  const bytes = Uint8Array.from(random.pick(originals));
  for (let edits = random.between(1, 6); edits > 0; edits--) {
    const end = random.below(2) === 0 ? Math.min(HEADER_BYTES, bytes.length) : bytes.length;
    const at = random.below(end);
    const length = random.below(4) === 0 ? random.between(1, 8) : 1;
    for (let n = at; n < Math.min(at + length, bytes.length); n++) {
      bytes[n] = random.below(2) === 0 ? random.pick(VALUES) : random.below(256);
    }
  }
  return random.below(8) === 0 ? bytes.subarray(0, random.below(bytes.length)) : bytes;
}

/** Parses and uses a file; the code of its refusal, or null. */
function use(bytes: Uint8Array): string | null {
  try {
    const plan = parseImage(bytes);
    const held = plan.segments.reduce((sum, segment) => sum + segment.bytes.length, 0);
    const views = plan.segments.every((segment) => segment.bytes.buffer === bytes.buffer);
    if (!views && held > bytes.length) throw new Error(`${held} bytes of ${bytes.length}`);
    const symbolizer = new Symbolizer(plan);
    const start = plan.segments[0]!.virtualAddress;
    for (let offset = 0; offset < 256; offset += 16) symbolizer.frames(start + offset);
    for (const row of new LineTable(plan).rows()) symbolizer.at(row.address);
    return null;
  } catch (error) {
    if (!(error instanceof ImageError)) throw error;
    if (error.message.includes('\n') || error.message.length > 200) throw error;
    return error.code;
  }
}

test(`${COUNT} mutated files are parsed or refused`, { timeout: 3_600_000 }, () => {
  const outcomes = new Map<string, number>();
  const seeds = SEED === undefined ? COUNT : 1;
  for (let run = 0; run < seeds; run++) {
    const seed = SEED === undefined ? run : Number(SEED);
    const bytes = mutate(new Random(seed));
    const start = performance.now();
    try {
      const outcome = use(bytes) ?? 'parsed';
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      const took = performance.now() - start;
      if (took > MILLISECONDS) throw new Error(`took ${Math.round(took)} ms`);
    } catch (error) {
      throw new Error(`BAREHEAP_SEED=${seed}: ${(error as Error).stack}`);
    }
  }
  if (process.env['BAREHEAP_FUZZ'] !== undefined) console.log(Object.fromEntries(outcomes));
  if (SEED !== undefined) return;
  expect(outcomes.get('parsed')).toBeGreaterThan(COUNT / 20);
  expect(outcomes.size).toBeGreaterThan(6);
});
