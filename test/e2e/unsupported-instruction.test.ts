/** A Linux program with an instruction that the engine does not have: the run stops and names it. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bareheap } from './command.ts';

const LIMIT = 124;
const ILLEGAL = 128 + 4;
const BASE = 0x400000;
const CODE_AT = 0x78;

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bareheap-instruction-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A static ELF file of one segment with this code at its entry; no symbols. */
function programOf(name: string, code: readonly number[]): string {
  const bytes = new Uint8Array(CODE_AT + code.length);
  const view = new DataView(bytes.buffer);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  const halves = [
    ...[16, 2, 18, 62, 20, 1, 52, 64, 54, 56, 56, 1],
    // The program header: loadable, readable and executable.
    ...[64, 1, 68, 5],
  ];
  for (let at = 0; at < halves.length; at += 2) view.setUint16(halves[at]!, halves[at + 1]!, true);
  view.setUint32(24, BASE + CODE_AT, true);
  view.setUint32(32, 64, true);
  view.setUint32(64 + 16, BASE, true);
  view.setUint32(64 + 24, BASE, true);
  view.setUint32(64 + 32, bytes.length, true);
  view.setUint32(64 + 40, bytes.length, true);
  view.setUint32(64 + 48, 0x1000, true);
  bytes.set(code, CODE_AT);
  const file = join(folder, name);
  writeFileSync(file, bytes);
  chmodSync(file, 0o755);
  return file;
}

test('RDRAND: status 124, and one line with address, bytes and mnemonic', () => {
  const { status, stderr } = bareheap(['run', programOf('rdrand', [0x48, 0x0f, 0xc7, 0xf0])]);
  expect(stderr).toMatch(
    /^bareheap: stopped: the instruction at 0x400078 in [^\n]+ is not supported: rdrand rax \(48 0f c7 f0\)\n$/,
  );
  expect(status).toBe(LIMIT);
});

test.each([
  ['AVX', [0xc5, 0xf8, 0x58, 0xc1], 'an instruction of AVX, FMA or their kin (VEX) (c5 f8 58 c1 '],
  ['UD2', [0x0f, 0x0b], 'ud2 (0f 0b)'],
])('%s: SIGILL, and the finding names it', (name, code, text) => {
  const { status, stderr } = bareheap(['run', programOf(name, code)]);
  expect(stderr).toContain('the instruction at 0x400078 ends the program by SIGILL');
  expect(stderr).toContain(text);
  expect(status).toBe(ILLEGAL);
});
