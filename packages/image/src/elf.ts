/**
 * ELF executables, 32 and 64 bits. Little-endian files for a machine that is emulated are turned
 * into a load plan; anything else is refused with its reason. Nothing is allocated by what a
 * header claims: bytes are views of the file.
 */
import { type ArmAttributes, parseArmAttributes } from './arm-attributes.ts';
import { readBuildId } from './build-id.ts';
import { ByteReader, readText } from './byte-reader.ts';
import {
  ELF_BIG_ENDIAN,
  ELF_CLASS_32,
  ELF_CLASS_64,
  ELF_LITTLE_ENDIAN,
  ELF_TYPE,
  EM_ARM,
  EM_RISCV,
  EM_X86_64,
  ET_DYN,
  ET_EXEC,
  OTHER_MACHINES,
  PT_INTERP,
  PT_RISCV_ATTRIBUTES,
} from './elf-constants.ts';
import { findDynamicSymbols } from './elf-dynamic.ts';
import { readElfFlags } from './elf-flags.ts';
import { type ElfHeader, readSectionHeaders, toSections } from './elf-section.ts';
import { checkedEntry, readProgramHeaders, toSegments } from './elf-segments.ts';
import { readElfSymbols } from './elf-symbols.ts';
import { ImageError } from './image-error.ts';
import type { ImageMachine } from './image-machine.ts';
import type { LoadPlan, ProgramHeader, Section } from './load-plan.ts';
import { parseRiscvAttributes, type RiscvAttributes } from './riscv-attributes.ts';

const MACHINES: Readonly<Record<number, ImageMachine>> = {
  [EM_ARM]: 'arm',
  [EM_X86_64]: 'x86-64',
  [EM_RISCV]: 'riscv',
};
/** Longest path of a dynamic loader, PATH_MAX of Linux. */
const PATH_LIMIT = 4096;

/**
 * Parses an ELF file.
 *
 * @param memoryLimit  most bytes that its segments may claim together
 * @throws ImageError  with one of the codes of its type but those of other formats
 */
export function parseElf(bytes: Uint8Array, memoryLimit: number): LoadPlan {
  const reader = new ByteReader(bytes, 'the ELF file');
  const header = parseHeader(reader);
  const programs = readProgramHeaders(reader, header);
  const segments = toSegments(reader, header, programs, memoryLimit);
  const headers = readSectionHeaders(reader, header);
  const sections = toSections(reader, header, headers);
  const dynamic = findDynamicSymbols(reader, header.is64, programs, segments);
  return {
    format: 'elf',
    machine: header.machine,
    pointerBits: header.is64 ? 64 : 32,
    endianness: 'little',
    entry: checkedEntry(header, segments),
    segments,
    symbols: readElfSymbols(reader, header, headers, dynamic),
    sections,
    ...readAttributes(reader, header.machine, sections, programs),
    interpreter: readInterpreter(reader, programs),
    type: header.type === ET_DYN ? 'dynamic' : 'executable',
    elf: {
      osAbi: header.osAbi,
      flags: readElfFlags(header.flags, header.machine),
      programHeaders: programs,
      programHeaderOffset: header.programHeaders.offset,
      buildId: readBuildId(reader, programs),
    },
  };
}

function parseHeader(reader: ByteReader): ElfHeader {
  const is64 = readIdentity(reader);
  const type = reader.u16(16);
  const machine = machineOf(reader.u16(18), is64);
  if (type !== ET_EXEC && type !== ET_DYN) {
    const name = ELF_TYPE[type] ?? `file of type ${type}`;
    throw new ImageError('unsupported-type', `an ELF ${name}, not an executable`);
  }
  const word = (at32: number, at64: number): number => (is64 ? reader.u64(at64) : reader.u32(at32));
  const half = (at32: number, at64: number): number => reader.u16(is64 ? at64 : at32);
  return {
    is64,
    osAbi: reader.u8(7),
    type,
    machine,
    entry: word(24, 24),
    flags: reader.u32(is64 ? 48 : 36),
    programHeaders: { offset: word(28, 32), size: half(42, 54), count: half(44, 56) },
    sectionHeaders: { offset: word(32, 40), size: half(46, 58), count: half(48, 60) },
    sectionNames: half(50, 62),
  };
}

/** Checks the first bytes; tells whether the file has 64-bit headers. */
function readIdentity(reader: ByteReader): boolean {
  const need = (count: number): void => {
    if (reader.length >= count) return;
    const found = `the ELF header has ${count} bytes, the file ${reader.length}`;
    throw new ImageError('truncated', `truncated: ${found}`);
  };
  need(52);
  const elfClass = reader.u8(4);
  if (elfClass !== ELF_CLASS_32 && elfClass !== ELF_CLASS_64) {
    throw new ImageError('bad-header', `ELF header: class ${elfClass} is neither 32 nor 64 bits`);
  }
  const endianness = reader.u8(5);
  if (endianness === ELF_BIG_ENDIAN) {
    const machine = OTHER_MACHINES[reader.u8(18) * 256 + reader.u8(19)];
    const suffix = machine === undefined ? '' : ` for ${machine}`;
    const why = 'only little-endian programs run';
    throw new ImageError('big-endian', `a big-endian ELF file${suffix}; ${why}`);
  }
  if (endianness !== ELF_LITTLE_ENDIAN) {
    throw new ImageError('bad-header', `ELF header: byte order ${endianness} is not known`);
  }
  if (elfClass === ELF_CLASS_64) need(64);
  return elfClass === ELF_CLASS_64;
}

function machineOf(number: number, is64: boolean): ImageMachine {
  const machine = MACHINES[number];
  if (machine === undefined) {
    const name = OTHER_MACHINES[number] ?? `machine ${number}`;
    throw new ImageError(
      'unsupported-machine',
      `an ELF file for ${name}; runs: Arm, RISC-V, x86-64`,
    );
  }
  if (machine === 'x86-64' && !is64) {
    throw new ImageError('unsupported-machine', 'an x32 ELF file; x86-64 programs must be 64-bit');
  }
  if (machine === 'arm' && is64) {
    throw new ImageError('bad-header', 'ELF header: a 64-bit file for 32-bit Arm');
  }
  return machine;
}

function readInterpreter(reader: ByteReader, programs: readonly ProgramHeader[]): string | null {
  const program = programs.find(({ type }) => type === PT_INTERP);
  if (program === undefined) return null;
  const { offset, fileSize } = program;
  if (!reader.has(offset, fileSize)) {
    throw new ImageError('truncated', 'truncated: the name of the dynamic loader is past the file');
  }
  return readText(reader.slice(offset, fileSize), 0, PATH_LIMIT);
}

/** Build attributes; RISC-V repeats them in a program header, which outlives stripping. */
function readAttributes(
  reader: ByteReader,
  machine: ImageMachine,
  sections: readonly Section[],
  programs: readonly ProgramHeader[],
): { arm: ArmAttributes | null; riscv: RiscvAttributes | null } {
  const named = (name: string): Uint8Array | undefined =>
    sections.find((section) => section.name === name)?.bytes;
  const arm = machine === 'arm' ? named('.ARM.attributes') : undefined;
  const program = programs.find(({ type }) => type === PT_RISCV_ATTRIBUTES);
  const inProgram =
    program !== undefined && reader.has(program.offset, program.fileSize)
      ? reader.slice(program.offset, program.fileSize)
      : undefined;
  const riscv = machine === 'riscv' ? (named('.riscv.attributes') ?? inProgram) : undefined;
  return {
    arm: arm === undefined ? null : parseArmAttributes(arm),
    riscv: riscv === undefined ? null : parseRiscvAttributes(riscv),
  };
}
