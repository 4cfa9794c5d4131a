import { expect, test } from 'vitest';
import { parseArmAttributes } from './arm-attributes.ts';
import { parseIsaString, parseRiscvAttributes } from './riscv-attributes.ts';

function section(vendor: string, attributes: number[]): Uint8Array {
  const name = [...vendor].map((c) => c.charCodeAt(0));
  const sub = [1, attributes.length + 5, 0, 0, 0, ...attributes];
  return new Uint8Array([0x41, name.length + 5 + sub.length, 0, 0, 0, ...name, 0, ...sub]);
}

test('the attributes that arm-none-eabi-gcc -mcpu=cortex-m4 writes', () => {
  const text = [...'7E-M'].map((c) => c.charCodeAt(0));
  const bytes = section('aeabi', [5, ...text, 0, 6, 13, 7, 0x4d, 9, 2, 10, 6, 34, 1]);
  expect(parseArmAttributes(bytes)).toEqual({
    cpuName: '7E-M',
    cpuArch: 13,
    profile: 'M',
    fpArch: 6,
  });
});

test('a RISC-V ISA string is split into width and extensions', () => {
  const isa = 'rv32i2p1_m2p0_a2p1_c2p0_zicsr2p0';
  const text = [...isa].map((c) => c.charCodeAt(0));
  expect(parseRiscvAttributes(section('riscv', [4, 16, 5, ...text, 0]))).toEqual({
    isa,
    xlen: 32,
    extensions: ['i', 'm', 'a', 'c', 'zicsr'],
  });
  expect(parseIsaString('rv64imafdc_zifencei')?.extensions).toEqual([
    'i',
    'm',
    'a',
    'f',
    'd',
    'c',
    'zifencei',
  ]);
  expect(parseIsaString('x86')).toBeNull();
});

test('damaged sections give what can be read, and end', () => {
  expect(parseArmAttributes(new Uint8Array([0x41, 0, 0, 0, 0, 0, 0])).cpuArch).toBeNull();
  expect(parseArmAttributes(new Uint8Array(0)).cpuArch).toBeNull();
});
