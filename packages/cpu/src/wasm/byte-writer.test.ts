import { expect, test } from 'vitest';
import { ByteWriter } from './byte-writer.ts';

function written(write: (out: ByteWriter) => void): number[] {
  const out = new ByteWriter(1);
  write(out);
  return [...out.finish()];
}

test('unsigned LEB128: the examples of DWARF 5, table 7.8', () => {
  expect(written((out) => out.unsigned(2))).toEqual([2]);
  expect(written((out) => out.unsigned(127))).toEqual([127]);
  expect(written((out) => out.unsigned(128))).toEqual([0x80, 1]);
  expect(written((out) => out.unsigned(12857))).toEqual([0xb9, 0x64]);
  expect(written((out) => out.unsigned(0xffffffff))).toEqual([0xff, 0xff, 0xff, 0xff, 0x0f]);
});

test('signed LEB128: the examples of DWARF 5, table 7.9, and the ends of the range', () => {
  expect(written((out) => out.signed(2))).toEqual([2]);
  expect(written((out) => out.signed(-2))).toEqual([0x7e]);
  expect(written((out) => out.signed(127))).toEqual([0xff, 0]);
  expect(written((out) => out.signed(-127))).toEqual([0x81, 0x7f]);
  expect(written((out) => out.signed(-129))).toEqual([0xff, 0x7e]);
  expect(written((out) => out.signed(0x7fffffff))).toEqual([0xff, 0xff, 0xff, 0xff, 0x07]);
  expect(written((out) => out.signed(-0x80000000))).toEqual([0x80, 0x80, 0x80, 0x80, 0x78]);
  expect(written((out) => out.signed64(-(2n ** 63n)))).toEqual([
    0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7f,
  ]);
});

test('grows past its capacity and keeps what was written', () => {
  const bytes = written((out) => {
    for (let index = 0; index < 1000; index++) out.byte(index & 0xff);
    out.append(new Uint8Array([1, 2, 3]));
  });
  expect(bytes.length).toBe(1003);
  expect(bytes[999]).toBe(999 & 0xff);
  expect(bytes.slice(1000)).toEqual([1, 2, 3]);
});
