import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bareheap, guest } from './command.ts';

interface Part {
  readonly address: number;
  readonly bytes: Uint8Array;
}

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bareheap-formats-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const LOAD = 1;

/** What an ELF32 file has to load, at its physical addresses. */
function partsOf(id: string): Part[] {
  const elf = new Uint8Array(readFileSync(guest(id)));
  const view = new DataView(elf.buffer);
  const table = view.getUint32(0x1c, true);
  return Array.from({ length: view.getUint16(0x2c, true) }, (_, index) => table + 32 * index)
    .filter((at) => view.getUint32(at, true) === LOAD && view.getUint32(at + 16, true) > 0)
    .map((at) => {
      const offset = view.getUint32(at + 4, true);
      const bytes = elf.subarray(offset, offset + view.getUint32(at + 16, true));
      return { address: view.getUint32(at + 12, true), bytes };
    });
}

function raw(parts: readonly Part[]): { base: number; bytes: Uint8Array } {
  const base = Math.min(...parts.map(({ address }) => address));
  const end = Math.max(...parts.map(({ address, bytes }) => address + bytes.length));
  const bytes = new Uint8Array(end - base);
  for (const part of parts) bytes.set(part.bytes, part.address - base);
  return { base, bytes };
}

function record(type: number, offset: number, data: readonly number[]): string {
  const bytes = [data.length, offset >> 8, offset & 0xff, type, ...data];
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  const text = [...bytes, -sum & 0xff].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return `:${text.toUpperCase()}\r\n`;
}

/** Intel HEX with extended linear addresses, 16 bytes a record. */
function hex(parts: readonly Part[]): string {
  const lines: string[] = [];
  for (const { address, bytes } of parts) {
    for (let at = 0; at < bytes.length; at += 16) {
      const where = address + at;
      lines.push(record(4, 0, [where >>> 24, (where >>> 16) & 0xff]));
      lines.push(
        record(0, where & 0xffff, [...bytes.subarray(at, Math.min(at + 16, bytes.length))]),
      );
    }
  }
  return `${lines.join('')}${record(1, 0, [])}`;
}

describe.each(['cortex-m0', 'cortex-m3', 'rv32'])('heap8k.%s', (board) => {
  const id = `heap8k.${board}`;

  test('runs from Intel HEX as from its ELF', () => {
    const elf = bareheap(['run', guest(id)]);
    const file = join(folder, `${id}.hex`);
    writeFileSync(file, hex(partsOf(id)));
    const seen = bareheap(['run', '--machine', board, file]);
    expect(seen).toMatchObject({ status: elf.status, stdout: elf.stdout });
  });

  test('runs as raw bytes with a base', () => {
    const elf = bareheap(['run', guest(id)]);
    const { base, bytes } = raw(partsOf(id));
    const file = join(folder, `${id}.bin`);
    writeFileSync(file, bytes);
    const seen = bareheap(['run', '--base', `0x${base.toString(16)}`, '--machine', board, file]);
    expect(seen).toMatchObject({ status: elf.status, stdout: elf.stdout });
  });

  test('without a machine the file is refused in one line that says what to give', () => {
    const { base, bytes } = raw(partsOf(id));
    const file = join(folder, `${id}.raw`);
    writeFileSync(file, bytes);
    const seen = bareheap(['run', '--base', String(base), file]);
    expect(seen.status).toBe(2);
    expect(seen.stderr).toMatch(/^bareheap: [^\n]*--machine[^\n]*\n$/);
  });
});
