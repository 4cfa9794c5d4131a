/**
 * Numbers of the PE format that the reader needs.
 *
 * @see Microsoft, "PE Format"
 * @table
 */

export const PE_SIGNATURE = 0x4550;
export const PE32 = 0x10b;
export const PE32_PLUS = 0x20b;
export const MACHINE_AMD64 = 0x8664;

/** Processors that programs are built for and that are not emulated. */
export const PE_MACHINES: Readonly<Record<number, string>> = {
  332: '32-bit x86',
  448: '32-bit Arm',
  452: '32-bit Arm',
  512: 'Itanium',
  20580: 'RISC-V',
  25188: 'LoongArch',
  43620: '64-bit Arm',
  42561: '64-bit Arm (ARM64EC)',
};

export const IMAGE_FILE_RELOCS_STRIPPED = 0x0001;
export const IMAGE_FILE_EXECUTABLE = 0x0002;
export const IMAGE_FILE_DLL = 0x2000;

export const SUBSYSTEM_WINDOWS = 2;
export const SUBSYSTEM_CONSOLE = 3;

/** Subsystems of programs that no Windows process is. */
export const PE_SUBSYSTEMS: Readonly<Record<number, string>> = {
  0: 'a program without a subsystem',
  1: 'a driver or native program',
  7: 'a POSIX subsystem program',
  9: 'a Windows CE program',
  10: 'an EFI application',
  11: 'an EFI boot driver',
  12: 'an EFI run-time driver',
  13: 'an EFI ROM image',
  14: 'an Xbox program',
  16: 'a boot application',
};

/** Data directories by number. */
export const DIRECTORY_EXPORT = 0;
export const DIRECTORY_IMPORT = 1;
export const DIRECTORY_EXCEPTION = 3;
export const DIRECTORY_RELOCATION = 5;
export const DIRECTORY_TLS = 9;
export const DIRECTORY_DELAY_IMPORT = 13;
export const DIRECTORY_CLR = 14;
export const DIRECTORY_COUNT = 16;

export const SECTION_HEADER_BYTES = 40;
export const SCN_CODE = 0x0000_0020;
export const SCN_UNINITIALISED = 0x0000_0080;
export const SCN_DISCARDABLE = 0x0200_0000;
export const SCN_EXECUTE = 0x2000_0000;
export const SCN_READ = 0x4000_0000;
export const SCN_WRITE = 0x8000_0000;

/** Fix-ups: none, and a 64-bit address. */
export const RELOCATION_ABSOLUTE = 0;
export const RELOCATION_DIR64 = 10;

export const SYMBOL_BYTES = 18;
export const SYMBOL_EXTERNAL = 2;
export const SYMBOL_STATIC = 3;
export const SYMBOL_WEAK = 105;
/** A symbol's type: function in the derived half. */
export const SYMBOL_FUNCTION = 0x20;
