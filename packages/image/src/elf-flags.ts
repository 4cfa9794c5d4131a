/** The processor's flags of an ELF header, `e_flags`. */
import {
  EF_ARM_HARD_FLOAT,
  EF_ARM_SOFT_FLOAT,
  EF_RISCV_FLOAT_ABI,
  EF_RISCV_RVC,
  EF_RISCV_RVE,
} from './elf-constants.ts';
import type { ImageMachine } from './image-machine.ts';

/** How floating-point arguments are passed; `hard` is Arm's VFP registers. */
export type FloatAbi = 'soft' | 'single' | 'double' | 'quad' | 'hard';

export interface ElfFlags {
  readonly raw: number;
  /** Null when the flags do not say. */
  readonly floatAbi: FloatAbi | null;
  /** RISC-V: the code may have compressed instructions (RVC). */
  readonly compressed: boolean;
  /** RISC-V: 16 registers (RV32E). */
  readonly embedded: boolean;
  /** Version of the Arm EABI, 5 today; 0 when unknown or another machine. */
  readonly eabiVersion: number;
}

const RISCV_FLOAT: readonly FloatAbi[] = ['soft', 'single', 'double', 'quad'];

/** Reads `e_flags`. @see RISC-V ELF psABI, "File Header"; ELF for the Arm Architecture, 5.3.1 */
export function readElfFlags(raw: number, machine: ImageMachine): ElfFlags {
  const riscv = machine === 'riscv';
  return {
    raw,
    floatAbi: floatAbiOf(raw, machine),
    compressed: riscv && (raw & EF_RISCV_RVC) !== 0,
    embedded: riscv && (raw & EF_RISCV_RVE) !== 0,
    eabiVersion: machine === 'arm' ? raw >>> 24 : 0,
  };
}

function floatAbiOf(raw: number, machine: ImageMachine): FloatAbi | null {
  if (machine === 'riscv') return RISCV_FLOAT[(raw & EF_RISCV_FLOAT_ABI) >> 1]!;
  if (machine === 'x86-64') return null;
  if ((raw & EF_ARM_HARD_FLOAT) !== 0) return 'hard';
  return (raw & EF_ARM_SOFT_FLOAT) !== 0 ? 'soft' : null;
}
