/**
 * An instruction as text, for messages and reproducers. In a row's operands, `rd`, `rs1` … are
 * integer registers, `fd`, `fs1` … floating-point ones, `imm` a number, `hi` the upper twenty bits
 * of one, `.imm` an offset from the instruction, `csr` a CSR's number.
 */
import type { Fields } from './pattern.ts';
import { floatName, integerName } from './register.ts';
import type { Row } from './row.ts';

const hex = (value: number): string => `0x${(value >>> 0).toString(16)}`;

const PARTS: Readonly<Record<string, (f: Fields) => string>> = {
  rd: (f) => integerName(f.rd),
  rs1: (f) => integerName(f.rs1),
  rs2: (f) => integerName(f.rs2),
  fd: (f) => floatName(f.rd),
  fs1: (f) => floatName(f.rs1),
  fs2: (f) => floatName(f.rs2),
  fs3: (f) => floatName(f.rs3),
  imm: (f) => String(f.imm),
  '.imm': (f) => (f.imm < 0 ? `.-${-f.imm}` : `.+${f.imm}`),
  hi: (f) => hex(f.imm >>> 12),
  csr: (f) => hex(f.csr),
};

/** `mnemonic operands`. */
export function describeRow(row: Row, fields: Fields): string {
  if (row.operands === '') return row.mnemonic;
  const text = row.operands.replace(/\.?[a-z]+\d?/g, (word) => PARTS[word]?.(fields) ?? word);
  return `${row.mnemonic} ${text}`;
}
