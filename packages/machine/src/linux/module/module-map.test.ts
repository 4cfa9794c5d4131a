/** Files that a guest makes large or many, and what is kept of them. */
import { readFileSync } from 'node:fs';
import type { AddressSpace, MemoryObject } from '@bareheap/platform-posix';
import { expect, test } from 'vitest';
import { ModuleMap } from './module-map.ts';

const FOLDER = new URL('../../../../../test/guests/linux/prebuilt/', import.meta.url);
const fileOf = (name: string): Uint8Array => new Uint8Array(readFileSync(new URL(name, FOLDER)));
const STRIPPED = fileOf('malloc-one.split');
const MOST = 2 ** 28;

/** A mapped file that says it has so many bytes, and how often it was read. */
class MappedFile {
  reads = 0;
  readonly name = '/program';
  readonly sizeBytes: number;

  constructor(sizeBytes: number) {
    this.sizeBytes = sizeBytes;
  }

  read(): Uint8Array {
    this.reads++;
    return STRIPPED;
  }
}

/** A space that has the file mapped from its start on, everywhere. */
function spaceOf(file: MappedFile): AddressSpace {
  const object = file as unknown as MemoryObject;
  const vma = { start: 0, backing: { object, pageOffset: 0 } };
  return { vmas: { find: () => vma } } as unknown as AddressSpace;
}

test('a file of debug information may have as many bytes as any file that is searched', () => {
  const asked: [string, number][] = [];
  const modules = new ModuleMap(
    (name) => name,
    (path, most) => {
      asked.push([path, most]);
      return null;
    },
  );
  expect(modules.at(spaceOf(new MappedFile(STRIPPED.length)), 0)?.module.path).toBe('/program');
  expect(asked).toEqual([[expect.stringMatching(/^\/usr\/lib\/debug\/\.build-id\/65\//), MOST]]);
  const huge = new MappedFile(MOST + 1);
  expect(modules.at(spaceOf(huge), 0)).toBe(null);
  expect(huge.reads).toBe(0);
});

test('of many large files the last ones are known', () => {
  const modules = new ModuleMap(
    (name) => name,
    () => null,
  );
  const files = Array.from({ length: 3 }, () => new MappedFile(MOST));
  const look = (file: MappedFile): unknown => modules.at(spaceOf(file), 0);
  for (const file of files) for (const _ of [1, 2]) expect(look(file)).not.toBe(null);
  expect(files.map(({ reads }) => reads)).toEqual([1, 1, 1]);
  look(files[2]!);
  look(files[1]!);
  look(files[0]!);
  expect(files.map(({ reads }) => reads)).toEqual([2, 1, 1]);
});
