/**
 * Mutated PE files, most of the edits in their headers and tables: each is parsed or refused with
 * an ImageError, soon.
 */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { MUTATED_COUNT, type Original, useMutatedFiles } from '../test/mutated-files.ts';
import { parsePe } from './pe.ts';
import { decodeUnwindInfo } from './pe-unwind.ts';

const GUESTS = new URL('../../../test/guests/windows/prebuilt/', import.meta.url);
const MEMORY_LIMIT = 2 ** 28;

/** Edits prefer the headers, and the tables that they point to. */
function original(name: string): Original {
  const bytes = Uint8Array.from(readFileSync(new URL(name, GUESTS)));
  const { segments, pe } = parsePe(bytes, MEMORY_LIMIT);
  const tables = new Set(['.idata', '.edata', '.reloc', '.tls', '.pdata', '.xdata']);
  const parts = pe!.sections.flatMap(({ name: section }, index) => {
    const part = segments[index + 1]!.bytes;
    const range = [part.byteOffset, part.byteOffset + part.length] as const;
    return tables.has(section) && part.length > 0 ? [range] : [];
  });
  const header = new DataView(bytes.buffer).getUint32(0x3c, true);
  return { bytes, targets: [[header, header + 264], [header + 264, 1024], ...parts] };
}

const originals = ['args.exe', 'imports.exe', 'library.dll', 'throw.exe'].map(original);

/** Parses a file and looks at all that came of it. */
function use(bytes: Uint8Array): void {
  const { segments, symbols, pe } = parsePe(bytes, MEMORY_LIMIT);
  for (const segment of segments) expect(segment.bytes.buffer).toBe(bytes.buffer);
  for (const { bytes: part, memorySize } of segments) {
    expect(part.length).toBeLessThanOrEqual(memorySize);
    decodeUnwindInfo(part);
  }
  expect(pe!.relocations?.length ?? 0).toBeLessThan(bytes.length);
  expect(symbols.all.length).toBeLessThan(bytes.length);
}

test(`${MUTATED_COUNT} mutated PE files are parsed or refused`, { timeout: 3_600_000 }, () => {
  useMutatedFiles(originals, use);
});
