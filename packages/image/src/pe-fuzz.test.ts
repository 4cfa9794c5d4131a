/**
 * Mutated PE files, most of the edits in their headers and tables: each is parsed or refused with
 * an ImageError, soon. BAREHEAP_FUZZ sets the number of files, BAREHEAP_SEED replays one.
 */
import { readFileSync } from 'node:fs';
import { Random } from '@bareheap/conformance';
import { expect, test } from 'vitest';
import { ImageError } from './image-error.ts';
import { parsePe } from './pe.ts';
import { decodeUnwindInfo } from './pe-unwind.ts';

const GUESTS = new URL('../../../test/guests/windows/prebuilt/', import.meta.url);
const COUNT = Number(process.env['BAREHEAP_FUZZ'] ?? 3000);
const SEED = process.env['BAREHEAP_SEED'];
/** A file takes about a millisecond; the test's machine may be busy. */
const MILLISECONDS = 2000;
const MEMORY_LIMIT = 2 ** 28;
const VALUES = [0, 1, 0x7f, 0x80, 0xfe, 0xff];

interface Original {
  readonly bytes: Uint8Array;
  /** Parts of the file that edits prefer: headers, and the tables that they point to. */
  readonly targets: readonly (readonly [start: number, end: number])[];
}

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

function mutate(random: Random): Uint8Array {
  const { bytes: from, targets } = random.pick(originals);
  const bytes = from.slice();
  for (let edits = random.between(1, 5); edits > 0; edits--) {
    const [start, end] = random.below(5) === 0 ? [0, bytes.length] : random.pick(targets);
    const at = random.between(start, end - 1);
    const length = random.below(3) === 0 ? random.between(1, 8) : 1;
    for (let n = at; n < Math.min(at + length, bytes.length); n++) {
      bytes[n] = random.below(2) === 0 ? random.pick(VALUES) : random.below(256);
    }
  }
  return random.below(10) === 0 ? bytes.subarray(0, random.below(bytes.length)) : bytes;
}

/** Parses and uses a file; the code of its refusal, or null. */
function use(bytes: Uint8Array): string | null {
  try {
    const { segments, symbols, pe } = parsePe(bytes, MEMORY_LIMIT);
    for (const segment of segments) expect(segment.bytes.buffer).toBe(bytes.buffer);
    for (const { bytes: part, memorySize } of segments) {
      expect(part.length).toBeLessThanOrEqual(memorySize);
      decodeUnwindInfo(part);
    }
    expect(pe!.relocations?.length ?? 0).toBeLessThan(bytes.length);
    expect(symbols.all.length).toBeLessThan(bytes.length);
    return null;
  } catch (error) {
    if (!(error instanceof ImageError)) throw error;
    if (error.message.includes('\n') || error.message.length > 200) throw error;
    return error.code;
  }
}

test(`${COUNT} mutated PE files are parsed or refused`, { timeout: 3_600_000 }, () => {
  const outcomes = new Map<string, number>();
  const runs = SEED === undefined ? COUNT : 1;
  for (let run = 0; run < runs; run++) {
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
