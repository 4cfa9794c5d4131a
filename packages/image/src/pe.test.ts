/** PE files: a program of mingw as it is, and files with one field changed. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readText } from './byte-reader.ts';
import { ImageError } from './image-error.ts';
import { parseImage } from './parse-image.ts';
import { parsePe } from './pe.ts';
import { decodeUnwindInfo } from './pe-unwind.ts';
import { Symbolizer } from './symbolizer.ts';

const GUESTS = new URL('../../../test/guests/windows/prebuilt/', import.meta.url);
const hello = Uint8Array.from(readFileSync(new URL('hello.exe', GUESTS)));
const view = new DataView(hello.buffer);
const PE = view.getUint32(0x3c, true);
const OPTIONAL = PE + 24;
const LIMIT = 2 ** 28;

/** The program with bytes changed. */
function changed(edit: (copy: DataView) => void): Uint8Array {
  const copy = hello.slice();
  edit(new DataView(copy.buffer));
  return copy;
}

function refusal(bytes: Uint8Array): string {
  try {
    parseImage(bytes);
  } catch (error) {
    if (error instanceof ImageError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return 'parsed';
}

describe('a console program of mingw', () => {
  const plan = parsePe(hello, LIMIT);
  const pe = plan.pe!;

  test('headers', () => {
    expect(plan).toMatchObject({ format: 'pe', machine: 'x86-64', pointerBits: 64 });
    expect(pe).toMatchObject({ imageBase: 0x1_4000_0000, subsystem: 3, isLibrary: false });
    expect(plan.entry).toBeGreaterThan(pe.imageBase);
    expect(pe.sections.map(({ name }) => name).slice(0, 3)).toEqual(['.text', '.data', '.rdata']);
  });

  test('segments are the headers and the sections, views of the file', () => {
    expect(plan.segments[0]).toMatchObject({ virtualAddress: pe.imageBase, writable: false });
    expect(plan.segments).toHaveLength(pe.sections.length + 1);
    for (const segment of plan.segments) expect(segment.bytes.buffer).toBe(hello.buffer);
    const text = plan.segments[1]!;
    expect(text).toMatchObject({ readable: true, writable: false, executable: true });
  });

  test('imports by name, with the slots that get their addresses', () => {
    const names = pe.modules.map(({ module }) => module);
    expect(names).toEqual(['KERNEL32.dll', 'msvcrt.dll']);
    const kernel = pe.modules[0]!;
    expect(kernel.isDelayed).toBe(false);
    const names32 = kernel.imports.map(({ name }) => name);
    expect(names32).toContain('VirtualProtect');
    const steps = kernel.imports.map(({ slotRva }) => slotRva - kernel.imports[0]!.slotRva);
    expect(steps).toEqual(steps.map((_, n) => n * 8));
  });

  test('relocations point at addresses of the image', () => {
    const bytes = new Map(pe.sections.map((s, n) => [s, plan.segments[n + 1]!.bytes]));
    expect(pe.relocations!.length).toBeGreaterThan(10);
    for (const rva of pe.relocations!) {
      const section = pe.sections.find((s) => rva >= s.rva && rva + 8 <= s.rva + s.size)!;
      const data = bytes.get(section)!;
      const word = new DataView(data.buffer, data.byteOffset).getBigUint64(rva - section.rva, true);
      expect(Number(word) - pe.imageBase).toBeLessThan(pe.imageSizeBytes);
      expect(Number(word) - pe.imageBase).toBeGreaterThanOrEqual(0);
    }
  });

  test('thread-local storage', () => {
    expect(pe.tls!.callbacksAddress).toBeGreaterThan(pe.imageBase);
    expect(pe.tls!.templateEnd - pe.tls!.templateStart).toBe(8);
  });

  test('every function has unwind information that decodes', () => {
    const { functions } = pe;
    expect(functions.length).toBeGreaterThan(60);
    const xdata = pe.sections.findIndex(({ name }) => name === '.xdata');
    const { bytes } = plan.segments[xdata + 1]!;
    for (let at = 0; at < functions.length; at += 3) {
      expect(functions[at + 1]).toBeGreaterThan(functions[at]!);
      const info = decodeUnwindInfo(bytes.subarray(functions[at + 2]! - pe.sections[xdata]!.rva));
      expect(info).not.toBeNull();
      expect(info!.prologBytes).toBeLessThanOrEqual(functions[at + 1]! - functions[at]!);
    }
  });

  test('names and lines of functions', () => {
    const main = plan.symbols.byName('main')!;
    expect(main).toMatchObject({ kind: 'function', global: true });
    expect(main.size).toBeGreaterThan(10);
    const place = new Symbolizer(plan).at(main.address);
    expect(place.function).toBe('main');
    expect(place.file).toMatch(/hello\.c$/);
    expect(place.line).toBeGreaterThan(1);
  });
});

test('a library is parsed, and no program; its exports have names and ordinals', () => {
  const library = Uint8Array.from(readFileSync(new URL('library.dll', GUESTS)));
  expect(refusal(library)).toBe('unsupported-type: a Windows library (DLL), not a program');
  const { pe } = parsePe(library, LIMIT);
  expect(pe!.exports!.module).toBe('library.dll');
  const byName = new Map(pe!.exports!.exports.map((one) => [one.name, one]));
  expect(byName.get('twice')).toMatchObject({ forwarder: null });
  expect(byName.get('allocate')).toMatchObject({ forwarder: 'KERNEL32.HeapAlloc', rva: 0 });
  expect(byName.get(null)).toMatchObject({ ordinal: 7 });
});

/** mingw makes the descriptors of delayed imports and no directory of them: enters one. */
function withDelayDirectory(file: Uint8Array): Uint8Array {
  const copy = file.slice();
  const data = new DataView(copy.buffer);
  const { pe, segments } = parsePe(copy, LIMIT);
  const { bytes } = segments[1]!;
  const code = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const number = pe!.sections.findIndex(({ name }) => name === '.idata');
  const names = segments[number + 1]!;
  for (let at = 0; at + 32 <= bytes.length; at += 4) {
    const name = code.getUint32(at + 4, true);
    const attributes = code.getUint32(at, true);
    const text = readText(names.bytes, name - pe!.sections[number]!.rva, 32);
    if (attributes !== 1 || text !== 'library.dll') continue;
    const directory = data.getUint32(0x3c, true) + 24 + 112 + 13 * 8;
    data.setUint32(directory, pe!.sections[0]!.rva + at, true);
    data.setUint32(directory + 4, 64, true);
    copy.fill(0, bytes.byteOffset + at + 32, bytes.byteOffset + at + 64);
    return copy;
  }
  throw new Error('no descriptor of delayed imports');
}

test('imports by ordinal, and delayed ones', () => {
  const file = Uint8Array.from(readFileSync(new URL('imports.exe', GUESTS)));
  const { modules } = parsePe(withDelayDirectory(file), LIMIT).pe!;
  const delayed = modules.filter(({ isDelayed }) => isDelayed);
  expect(delayed.map(({ module }) => module)).toEqual(['library.dll']);
  expect(delayed[0]!.imports).toMatchObject([{ name: 'twice' }]);
  const direct = modules.find(({ module, isDelayed }) => module === 'library.dll' && !isDelayed)!;
  expect(direct.imports).toMatchObject([{ name: null, ordinal: 7 }]);
});

describe('what does not run says why in one line', () => {
  test.each([
    ['64-bit Arm', PE + 4, 0xaa64, 'unsupported-machine: a Windows program for 64-bit Arm'],
    ['x86', PE + 4, 0x14c, 'unsupported-machine: a Windows program for 32-bit x86; runs: x86-64'],
    ['PE32', OPTIONAL, 0x10b, 'unsupported-machine: a 32-bit Windows program (PE32); runs: PE32+'],
    ['magic', OPTIONAL, 0x107, 'bad-header: PE header: an optional header of kind 0x107'],
    ['.NET', OPTIONAL + 112 + 14 * 8, 0x2000, 'unsupported-type: a .NET program'],
    ['EFI', OPTIONAL + 68, 10, 'unsupported-type: an EFI application, not a Windows program'],
    ['driver', OPTIONAL + 68, 1, 'unsupported-type: a driver or native program'],
    ['NE', PE, 0x454e, 'unsupported-format: a 16-bit Windows or OS/2 program (NE, LE)'],
    ['DOS', PE, 0, 'unsupported-format: a DOS program (MZ)'],
    ['an object', PE + 22, 0x20, 'unsupported-type: a PE file that its linker did not finish'],
    ['alignment', OPTIONAL + 32, 512, 'bad-header: PE header: sections aligned to 512 bytes'],
    ['base', OPTIONAL + 24, 4096, 'bad-header: PE header: image base 0x'],
    ['entry', OPTIONAL + 16, 1, 'entry-outside: entry point 0x140000001 is in no executable'],
    ['size', OPTIONAL + 58, 0xffff, 'segment-too-large: an image of '],
    ['small', OPTIONAL + 56, 0x2000, 'segment-too-large: section .debug_str at 0x'],
    ['exception', OPTIONAL + 112 + 24, 0xfff0, 'bad-header: PE function table: outside'],
  ])('%s', (_name, at, value, message) => {
    expect(refusal(changed((copy) => copy.setUint16(at, value, true)))).toMatch(
      new RegExp(`^${message.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}`),
    );
  });

  test('a file cut anywhere', () => {
    for (let length = 2; length < hello.length; length += 997) {
      expect(refusal(hello.subarray(0, length))).toMatch(
        /^(truncated|unsupported-format|parsed|bad-header)/,
      );
    }
  });
});
