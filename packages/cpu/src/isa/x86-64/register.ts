/** Names and numbers of registers, as encodings count them. */
import type { Operand } from './instruction.ts';

export const RAX = 0;
export const RCX = 1;
export const RDX = 2;
export const RBX = 3;
export const RSP = 4;
export const RBP = 5;
export const RSI = 6;
export const RDI = 7;

const LEGACY = ['ax', 'cx', 'dx', 'bx', 'sp', 'bp', 'si', 'di'] as const;
const HIGH_BYTES = ['ah', 'ch', 'dh', 'bh'] as const;
const LOW_BYTES = ['al', 'cl', 'dl', 'bl', 'spl', 'bpl', 'sil', 'dil'] as const;
const SEGMENTS = ['es', 'cs', 'ss', 'ds', 'fs', 'gs'] as const;
const NUMBERED: Readonly<Record<number, string>> = { 1: 'b', 2: 'w', 4: 'd', 8: '' };

/** A general register of 1, 2, 4 or 8 bytes; 16 is the instruction pointer. */
export function generalName(register: number, size: number): string {
  if (register === 16) return size === 4 ? 'eip' : 'rip';
  if (register >= 8) return `r${register}${NUMBERED[size]}`;
  if (size === 1) return LOW_BYTES[register]!;
  const name = LEGACY[register]!;
  return size === 2 ? name : `${size === 4 ? 'e' : 'r'}${name}`;
}

export function segmentName(register: number): string {
  return SEGMENTS[register]!;
}

/** The register of an operand. */
export function registerName({ file, register, size, isHighByte }: Operand): string {
  switch (file) {
    case 'general':
      return isHighByte ? HIGH_BYTES[register]! : generalName(register, size);
    case 'segment':
      return segmentName(register);
    case 'x87':
      return register === 0 ? 'st' : `st(${register})`;
    case 'control':
      return `cr${register}`;
    case 'debug':
      return `dr${register}`;
    default:
      return `${file}${register}`;
  }
}
