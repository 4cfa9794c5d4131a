/**
 * Build attributes of a RISC-V object, section `.riscv.attributes`.
 * @see RISC-V ELF psABI, "Attributes"
 */
import { forEachAttribute } from './arm-attributes.ts';

export interface RiscvAttributes {
  /** The whole ISA string, such as `rv32i2p1_m2p0_a2p1_c2p0`. */
  readonly isa: string;
  readonly xlen: number;
  /** Extension names in lower case without versions, `i` or `e` first. */
  readonly extensions: readonly string[];
}

const TAG_ARCH = 5;

/** Parses the section; null when it has no ISA string. */
export function parseRiscvAttributes(bytes: Uint8Array): RiscvAttributes | null {
  let isa: string | null = null;
  forEachAttribute(bytes, 'riscv', (reader) => {
    const tag = reader.uleb();
    if (tag % 2 === 0) {
      reader.uleb();
      return;
    }
    const text = reader.text();
    if (tag === TAG_ARCH) isa = text;
  });
  return isa === null ? null : parseIsaString(isa);
}

/** Splits an ISA string into width and extensions; null when it is not one. */
export function parseIsaString(isa: string): RiscvAttributes | null {
  const match = /^rv(32|64|128)(.*)$/.exec(isa.toLowerCase());
  if (match === null) return null;
  const extensions: string[] = [];
  for (const part of match[2]!.split('_')) {
    const name = part.replace(/\d+p\d+$/, '');
    if (/^[zsx]/.test(name)) extensions.push(name);
    else for (const letter of name.replace(/\d+p\d+/g, '')) extensions.push(letter);
  }
  return { isa, xlen: Number(match[1]), extensions };
}
