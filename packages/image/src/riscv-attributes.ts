/**
 * Build attributes of a RISC-V object, section `.riscv.attributes`.
 * @see RISC-V ELF psABI, "Attributes"; RISC-V unprivileged ISA, "ISA Extension Naming Conventions"
 */
import { readBuildAttributes } from './build-attributes.ts';

export interface RiscvAttributes {
  /** The whole ISA string, such as `rv32i2p1_m2p0_a2p1_c2p0`. */
  readonly isa: string;
  readonly xlen: number;
  /** Extension names in lower case without versions, `i` or `e` first; `g` is spelt out. */
  readonly extensions: readonly string[];
  /** Bytes that the stack pointer is aligned to; null when the file does not say. */
  readonly stackAlign: number | null;
  /** Whether the code may make misaligned accesses. */
  readonly unalignedAccess: boolean;
}

const TAG = { stackAlign: 4, arch: 5, unalignedAccess: 6 } as const;
/** The extensions that `g` stands for. */
const GENERAL: readonly string[] = ['i', 'm', 'a', 'f', 'd', 'zicsr', 'zifencei'];
const VERSION = /^\d+(p\d+)?/;

/** Parses the section; null when it has no ISA string. */
export function parseRiscvAttributes(bytes: Uint8Array): RiscvAttributes | null {
  const { numbers, texts } = readBuildAttributes(bytes, 'riscv', (tag) =>
    tag % 2 === 0 ? 'number' : 'text',
  );
  const parsed = parseIsaString(texts.get(TAG.arch) ?? '');
  if (parsed === null) return null;
  return {
    ...parsed,
    stackAlign: numbers.get(TAG.stackAlign) ?? null,
    unalignedAccess: (numbers.get(TAG.unalignedAccess) ?? 0) !== 0,
  };
}

/** Splits an ISA string into width and extensions; null when it is not one. */
export function parseIsaString(isa: string): RiscvAttributes | null {
  const match = /^rv(32|64|128)([a-z][a-z0-9_]*)$/.exec(isa.toLowerCase());
  if (match === null) return null;
  const extensions = new Set<string>();
  for (const part of match[2]!.split('_')) addExtensions(part, extensions);
  return {
    isa,
    xlen: Number(match[1]),
    extensions: [...extensions],
    stackAlign: null,
    unalignedAccess: false,
  };
}

/** A run of single letters with versions; from z, s or x on it is one name to its end. */
function addExtensions(part: string, into: Set<string>): void {
  let rest = part;
  while (rest !== '') {
    if (/^[zsx]/.test(rest)) {
      into.add(rest.replace(/\d+p\d+$/, ''));
      return;
    }
    const letter = rest[0]!;
    if (letter === 'g') for (const name of GENERAL) into.add(name);
    else into.add(letter);
    rest = rest.slice(1).replace(VERSION, '');
  }
}
