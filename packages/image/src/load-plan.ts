/**
 * What a program file says about how it is loaded, whatever its format. Plain data: bytes are
 * views of the file, numbers are exact up to 2^53, and nothing here has side effects.
 */
import type { ArmAttributes } from './arm-attributes.ts';
import type { ElfFlags } from './elf-flags.ts';
import type { ImageMachine } from './image-machine.ts';
import type { PeDetails } from './pe-details.ts';
import type { RiscvAttributes } from './riscv-attributes.ts';
import type { SymbolTable } from './symbol-table.ts';

export type ImageFormat = 'elf' | 'hex' | 'pe' | 'raw';

export interface Segment {
  /** Where the program runs it. */
  readonly virtualAddress: number;
  /** Where it is stored before start-up code moves it; equal when nothing says otherwise. */
  readonly physicalAddress: number;
  /** What the file has of it; the rest of `memorySize` bytes is zero. */
  readonly bytes: Uint8Array;
  readonly memorySize: number;
  readonly readable: boolean;
  readonly writable: boolean;
  readonly executable: boolean;
  readonly align: number;
}

export interface Section {
  readonly name: string;
  readonly type: number;
  /** In ELF's bits, whatever the format. */
  readonly flags: number;
  readonly address: number;
  /** As in the file; empty for sections without contents there. */
  readonly bytes: Uint8Array;
  /** Bytes in memory, or in the file for sections that are not loaded. */
  readonly size: number;
}

/** An entry of the ELF program header table, of any type. */
export interface ProgramHeader {
  readonly type: number;
  readonly flags: number;
  readonly offset: number;
  readonly virtualAddress: number;
  readonly physicalAddress: number;
  readonly fileSize: number;
  readonly memorySize: number;
  readonly align: number;
}

/** What only an ELF file has. */
export interface ElfDetails {
  readonly osAbi: number;
  readonly flags: ElfFlags;
  /** All program headers in the order of the file, those that load nothing too. */
  readonly programHeaders: readonly ProgramHeader[];
  /** Offset of the program header table in the file. */
  readonly programHeaderOffset: number;
  /** The linker's identity of the file in hexadecimal digits; a file of debug information has the same. */
  readonly buildId: string | null;
}

export interface LoadPlan {
  readonly format: ImageFormat;
  /** Null when the format does not say. */
  readonly machine: ImageMachine | null;
  readonly pointerBits: 32 | 64;
  readonly endianness: 'little';
  /** Null when the file has no entry; bit 0 set for Thumb, as in the file. */
  readonly entry: number | null;
  /** In order of virtual address. */
  readonly segments: readonly Segment[];
  readonly symbols: SymbolTable;
  /** Empty when the file has been stripped of its section headers. */
  readonly sections: readonly Section[];
  readonly arm: ArmAttributes | null;
  readonly riscv: RiscvAttributes | null;
  /** The dynamic loader that the program asks for. */
  readonly interpreter: string | null;
  /** `dynamic` for a position-independent executable, shared object or library. */
  readonly type: 'executable' | 'dynamic';
  readonly elf: ElfDetails | null;
  /** Of a PE file alone. */
  readonly pe?: PeDetails;
}
