/** Numbers of the ELF format. @table @see System V ABI, chapters 4 and 5, and the psABIs */
export const ELF_CLASS_32 = 1;
export const ELF_CLASS_64 = 2;
export const ELF_LITTLE_ENDIAN = 1;
export const ELF_BIG_ENDIAN = 2;

export const ELF_TYPE: Readonly<Record<number, string>> = {
  0: 'file without a type',
  1: 'relocatable object',
  2: 'executable',
  3: 'shared object',
  4: 'core dump',
};
export const ET_EXEC = 2;
export const ET_DYN = 3;

export const EM_ARM = 40;
export const EM_X86_64 = 62;
export const EM_RISCV = 243;

/** Names of machines that are recognised and cannot be run. */
export const OTHER_MACHINES: Readonly<Record<number, string>> = {
  2: 'SPARC',
  3: 'x86 (32-bit)',
  4: 'Motorola 68000',
  8: 'MIPS',
  15: 'PA-RISC',
  20: 'PowerPC',
  21: 'PowerPC 64',
  22: 'S/390',
  42: 'SuperH',
  43: 'SPARC 64',
  50: 'IA-64',
  83: 'AVR',
  92: 'OpenRISC',
  93: 'ARC',
  94: 'Xtensa',
  105: 'MSP430',
  140: 'TI C6000',
  164: 'Hexagon',
  183: 'AArch64',
  189: 'MicroBlaze',
  195: 'ARCv2',
  224: 'AMD GPU',
  247: 'BPF',
  252: 'C-SKY',
  258: 'LoongArch',
};

export const PT_LOAD = 1;
export const PT_DYNAMIC = 2;
export const PT_INTERP = 3;
export const PT_NOTE = 4;
export const PT_RISCV_ATTRIBUTES = 0x70000003;
export const PF_X = 1;
export const PF_W = 2;
export const PF_R = 4;
/** `programHeaders.count` of a file with more: the number is in section header 0, field info. */
export const PN_XNUM = 0xffff;

export const SHN_UNDEFINED = 0;
/** Section numbers from here on are not sections. */
export const SHN_RESERVED = 0xff00;
export const SHN_ABSOLUTE = 0xfff1;
/** The number of the names' section is in section header 0, field link. */
export const SHN_XINDEX = 0xffff;
export const SHT_SYMTAB = 2;
export const SHT_NOBITS = 8;
export const SHT_DYNSYM = 11;
/** Symbol bindings. */
export const STB_LOCAL = 0;
export const STB_WEAK = 2;
export const SHF_ALLOC = 2;
export const SHF_EXECINSTR = 4;
export const SHF_COMPRESSED = 0x800;

export const COMPRESSION: Readonly<Record<number, string>> = { 1: 'zlib', 2: 'zstd' };

export const DT_NULL = 0;
export const DT_HASH = 4;
export const DT_STRTAB = 5;
export const DT_SYMTAB = 6;
export const DT_STRSZ = 10;
export const DT_GNU_HASH = 0x6ffffef5;

/** e_flags of RISC-V. @see RISC-V ELF psABI, "File Header" */
export const EF_RISCV_RVC = 1;
export const EF_RISCV_FLOAT_ABI = 6;
export const EF_RISCV_RVE = 8;
/** e_flags of Arm. @see ELF for the Arm Architecture, 5.3.1 */
export const EF_ARM_SOFT_FLOAT = 0x200;
export const EF_ARM_HARD_FLOAT = 0x400;

/** Type of the note of a linker's identity of the file. */
export const NT_GNU_BUILD_ID = 3;
