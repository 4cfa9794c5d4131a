/**
 * A decoded instruction, in a record that the decoder fills again and again: whoever keeps one
 * copies it. Numbers wider than 32 bits are two i32 halves.
 */
import type { RegisterFile } from './operand-form.ts';
import type { Row } from './row.ts';

/** `source` and `destination` are elements of string instructions: [rSI] and es:[rDI]. */
export type OperandKind =
  | 'register'
  | 'memory'
  | 'immediate'
  | 'relative'
  | 'source'
  | 'destination';

/** No register, no segment override. */
export const NONE = -1;
/** `base` of an address relative to the next instruction. */
export const RIP = 16;

export class Operand {
  kind: OperandKind = 'register';
  file: RegisterFile = 'general';
  /** Of a register: its number. AH, CH, DH and BH are 0 to 3 with {@link isHighByte}. */
  register = 0;
  isHighByte = false;
  /** In bytes; 0 for memory without a plain size. Immediates have that of the operation. */
  size = 0;
  /** An immediate or offset, extended to 64 bits. */
  low = 0;
  high = 0;
}

export const MAX_OPERANDS = 3;

export class DecodedInstruction {
  /** The row; meaningless until a decode has succeeded. */
  row: Row | null = null;
  /** In bytes, prefixes included. */
  length = 0;
  /** The effective operand size: 2, 4 or 8. Byte instructions have size 1 in their operands. */
  operandSize: number = 4;
  /** 8, or 4 with the prefix 67. */
  addressSize: number = 8;
  /** REX, or 0; VEX gives the same bits. Bit 3 is W, 2 R, 1 X, 0 B. */
  rex = 0;
  hasOperandPrefix = false;
  hasLock = false;
  /** The last of F2 and F3, or 0, when the row does not take it as part of its opcode. */
  repeat = 0;
  /** 4 for FS, 5 for GS, else {@link NONE}: in 64-bit mode the other overrides do nothing. */
  segment: number = NONE;

  /** Memory: registers by number, {@link RIP} or {@link NONE}. */
  base: number = NONE;
  index: number = NONE;
  scale = 1;
  /** Sign-extended; in bytes 0, 1, 4 or, for an absolute address, 4 or 8. */
  displacement = 0;
  displacementHigh = 0;
  displacementBytes = 0;

  operandCount = 0;
  readonly operands: readonly Operand[] = Array.from({ length: MAX_OPERANDS }, () => new Operand());

  get hasRexW(): boolean {
    return (this.rex & 8) !== 0;
  }
}
