/** Numbers of the ELF format. @see System V ABI, chapters 4 and 5 */
export const ELF_CLASS_32 = 1;
export const ELF_CLASS_64 = 2;
export const ELF_LITTLE_ENDIAN = 1;

export const ELF_TYPE: Readonly<Record<number, string>> = {
  0: 'none',
  1: 'relocatable object',
  2: 'executable',
  3: 'dynamic',
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
  20: 'PowerPC',
  21: 'PowerPC 64',
  22: 'S/390',
  42: 'SuperH',
  50: 'IA-64',
  83: 'AVR',
  94: 'Xtensa',
  105: 'MSP430',
  183: 'AArch64',
  247: 'BPF',
  258: 'LoongArch',
};

export const PT_LOAD = 1;
export const PT_INTERP = 3;
export const PF_X = 1;
export const PF_W = 2;
export const PF_R = 4;

export const SHT_SYMTAB = 2;
export const SHT_NOBITS = 8;
export const SHT_DYNSYM = 11;
export const SHF_COMPRESSED = 0x800;
