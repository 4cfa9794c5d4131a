import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { LineTable } from './dwarf-lines.ts';
import type { LoadPlan } from './load-plan.ts';
import { parseImage } from './parse-image.ts';
import { Symbolizer } from './symbolizer.ts';

const FIXTURES = new URL('../test/fixtures/', import.meta.url);
const names = readdirSync(FIXTURES)
  .filter((name) => name.endsWith('-flash.elf'))
  .map((name) => name.replace('-flash.elf', ''));

function plan(name: string): LoadPlan {
  return parseImage(Uint8Array.from(readFileSync(new URL(`${name}.elf`, FIXTURES))));
}

/** Lines of the recorded truth that start with a word, without it. */
function truth(name: string, kind: string): string[] {
  const text = readFileSync(new URL(`${name}-flash.truth.txt`, FIXTURES), 'utf8');
  const lines = text.split('\n').filter((line) => line.startsWith(`${kind} `));
  return lines.map((line) => line.slice(kind.length + 1));
}

const baseName = (path: string): string => path.split('/').at(-1)!;

test('there are fixtures of three machines and four versions of DWARF', () => {
  expect(names).toHaveLength(12);
});

describe.each(names)('the lines of %s', (name) => {
  test('are all rows that objdump decodes', () => {
    const rows = [...new LineTable(plan(`${name}-flash`)).rows()];
    const ours = rows.map(({ address, file, line }) => `${address} ${baseName(file)} ${line}`);
    const theirs = truth(name, 'row');
    expect(theirs.length).toBeGreaterThan(30);
    expect(ours.sort()).toEqual(theirs.sort());
  });

  test('come with the functions that addr2line finds, inlined ones too', () => {
    const symbolizer = new Symbolizer(plan(`${name}-flash`));
    let inlined = 0;
    for (const line of truth(name, 'frames')) {
      const [address, ...words] = line.split(' ');
      const frames = symbolizer.frames(Number(address));
      const ours = frames.flatMap((f) => [
        f.function ?? '??',
        `${f.file ?? '??'}:${f.line ?? '?'}`,
      ]);
      // binutils 2.40 takes file 1 for file 0 in DWARF 5 programs, as rows of objdump show.
      if (name.endsWith('dwarf5')) ours[1] = words[1]!;
      expect([address, ...ours]).toEqual([address, ...words]);
      inlined += frames.length - 1;
    }
    expect(inlined).toBeGreaterThan(0);
  });
});

describe.each(names.filter((name) => !name.startsWith('x64')))('%s at address 0', (name) => {
  const flash = plan(`${name}-flash`);
  const zero = plan(`${name}-zero`);
  const base = flash.segments[0]!.virtualAddress;

  test('has the same rows, and none of the functions that the linker dropped', () => {
    const moved = [...new LineTable(flash).rows()];
    const expected = moved.map((row) => ({ ...row, address: row.address - base }));
    expect([...new LineTable(zero).rows()]).toEqual(expected);
  });

  test('has the same functions at every address', () => {
    const [atFlash, atZero] = [new Symbolizer(flash), new Symbolizer(zero)];
    for (let offset = 0; offset < flash.segments[0]!.memorySize; offset += 2) {
      const [there, here] = [atFlash.frames(base + offset), atZero.frames(offset)];
      const named = ({ function: name, file, line }: (typeof here)[number]): unknown =>
        name === null ? null : [name, file, line];
      expect([offset, here.map(named)]).toEqual([offset, there.map(named)]);
    }
  });
});
