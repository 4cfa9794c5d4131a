import { describe, expect, test } from 'vitest';
import { ByteSink } from '../test/elf-writer.ts';
import { parseArmAttributes } from './arm-attributes.ts';
import { readElfFlags } from './elf-flags.ts';
import { parseIsaString, parseRiscvAttributes } from './riscv-attributes.ts';

/** A section with one vendor and one subsection of the file's attributes. */
function section(vendor: string, attributes: Uint8Array): Uint8Array {
  const inner = new ByteSink()
    .u8(1)
    .u32(attributes.length + 5)
    .raw(attributes)
    .done();
  const body = new ByteSink().text(vendor).raw(inner).done();
  return new ByteSink()
    .u8(0x41)
    .u32(body.length + 4)
    .raw(body)
    .done();
}

describe('Arm attributes', () => {
  const cortexM4 = new ByteSink()
    .u8(5)
    .text('7E-M')
    .u8(6, 13, 7, 0x4d, 9, 2, 10, 6, 28, 1)
    .uleb(32)
    .uleb(1)
    .text('gnu')
    .u8(34, 1)
    .uleb(67)
    .text('2.09')
    .done();

  test('that arm-none-eabi-gcc -mcpu=cortex-m4 -mfloat-abi=hard writes', () => {
    expect(parseArmAttributes(section('aeabi', cortexM4))).toEqual({
      cpuName: '7E-M',
      cpuArch: 13,
      architecture: 'v7E-M',
      profile: 'M',
      armIsa: 0,
      thumbIsa: 2,
      fpArch: 6,
      vfpArguments: 1,
      dsp: 0,
    });
  });

  test('v7 has its profile in its name', () => {
    const attributes = parseArmAttributes(section('aeabi', Uint8Array.of(6, 10, 7, 0x4d)));
    expect(attributes.architecture).toBe('v7-M');
  });

  test('of another vendor are passed over', () => {
    const both = [...section('gnu', Uint8Array.of(6, 1)), ...section('aeabi', cortexM4).slice(1)];
    expect(parseArmAttributes(Uint8Array.from(both)).cpuArch).toBe(13);
  });

  test('cut anywhere give what comes before the cut', () => {
    const whole = section('aeabi', cortexM4);
    const known = whole.map((_, length) => {
      return parseArmAttributes(whole.subarray(0, length)).cpuArch ?? 0;
    });
    expect(new Set(known)).toEqual(new Set([0, 13]));
    expect([...known].sort((a, b) => a - b)).toEqual([...known]);
  });
});

describe('RISC-V attributes', () => {
  test('that riscv64-unknown-elf-gcc writes', () => {
    const isa = 'rv32i2p1_m2p0_a2p1_c2p0_zicsr2p0_zifencei2p0';
    const bytes = new ByteSink().u8(4, 16, 5).text(isa).u8(6, 1).done();
    expect(parseRiscvAttributes(section('riscv', bytes))).toEqual({
      isa,
      xlen: 32,
      extensions: ['i', 'm', 'a', 'c', 'zicsr', 'zifencei'],
      stackAlign: 16,
      unalignedAccess: true,
    });
  });

  test.each<[string, string]>([
    ['rv64imafdc_zifencei', 'i m a f d c zifencei'],
    ['RV64GC', 'i m a f d zicsr zifencei c'],
    ['rv32i2p0m2p0c2p0', 'i m c'],
    ['rv32e1p9_m2p0', 'e m'],
    ['rv32imc_zba1p0_zbb1p0_zve32x1p0_zvl128b1p0', 'i m c zba zbb zve32x zvl128b'],
    ['rv32imaczicsr', 'i m a c zicsr'],
    ['rv32im_xtheadba1p0', 'i m xtheadba'],
  ])('%s has the extensions %s', (isa, extensions) => {
    expect(parseIsaString(isa)?.extensions.join(' ')).toBe(extensions);
  });

  test.each(['', 'x86', 'rv32', 'rv99i', 'rv32 i'])('%j is no ISA string', (isa) => {
    expect(parseIsaString(isa)).toBeNull();
  });
});

describe('flags of the ELF header', () => {
  test('of RISC-V', () => {
    expect(readElfFlags(5, 'riscv')).toMatchObject({ floatAbi: 'double', compressed: true });
    expect(readElfFlags(8, 'riscv')).toMatchObject({ floatAbi: 'soft', embedded: true });
  });

  test('of Arm', () => {
    expect(readElfFlags(0x5000400, 'arm')).toMatchObject({ floatAbi: 'hard', eabiVersion: 5 });
    expect(readElfFlags(0x5000200, 'arm').floatAbi).toBe('soft');
    expect(readElfFlags(0x5000000, 'arm').floatAbi).toBeNull();
  });
});
