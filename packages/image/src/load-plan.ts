/** What a program file says about how it is loaded, whatever its format. Plain data. */
import type { ArmAttributes } from './arm-attributes.ts';
import type { RiscvAttributes } from './riscv-attributes.ts';
import type { SymbolTable } from './symbol-table.ts';

export type ImageFormat = 'elf' | 'hex' | 'raw';
export type ImageMachine = 'arm' | 'riscv' | 'x86-64';

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
  readonly flags: number;
  readonly address: number;
  /** As in memory; empty for sections without contents. */
  readonly bytes: Uint8Array;
  readonly size: number;
}

export interface LoadPlan {
  readonly format: ImageFormat;
  /** Null when the format does not say. */
  readonly machine: ImageMachine | null;
  readonly pointerBits: 32 | 64;
  /** Null when the format has no entry; bit 0 set for Thumb, as in the file. */
  readonly entry: number | null;
  /** In order of virtual address. */
  readonly segments: readonly Segment[];
  readonly symbols: SymbolTable;
  readonly sections: readonly Section[];
  readonly arm: ArmAttributes | null;
  readonly riscv: RiscvAttributes | null;
  /** The dynamic loader that the program asks for. */
  readonly interpreter: string | null;
  /** `dynamic` for a position-independent executable or shared object. */
  readonly type: 'executable' | 'dynamic';
}
