/**
 * The RISC-V instruction set for the JIT: RV32I with Zicsr, Zifencei, C and the extensions asked
 * for, by the table in table.ts. C is always there, so every even address is good to jump to.
 * Loads and stores work at any address; atomic ones need an aligned one.
 */
import type { CodeSource } from '../../ir/code-source.ts';
import type { BlockBuilder } from '../../ir/translation-block.ts';
import type { Isa } from '../../isa.ts';
import { Decoder } from './decoder.ts';
import { describeRow } from './describe.ts';
import { FLOAT_ROUTINES } from './float-routine.ts';
import { Lifting } from './lifting.ts';
import { type FloatLength, riscvRegisters, SP } from './register.ts';
import type { Extension, Row } from './row.ts';
import { riscvRows } from './table.ts';

/** Extensions that a core may have or lack; `d` needs `f`. */
export type RiscvExtension = 'm' | 'a' | 'f' | 'd';

export interface RiscvOptions {
  /** Default: M and A. */
  readonly extensions?: readonly RiscvExtension[];
}

export interface RiscvIsa extends Isa {
  /** The table, for tests and tools. */
  readonly rows: readonly Row[];
  /** The row of an instruction, or null when it is illegal. */
  rowOf(bits: number): Row | null;
  /** `mnemonic operands`, or `illegal`. */
  describe(bits: number): string;
}

function floatLengthOf(extensions: ReadonlySet<Extension>): FloatLength {
  if (extensions.has('d')) return 64;
  return extensions.has('f') ? 32 : 0;
}

/** Makes the instruction set of a core. */
export function riscvIsa(options: RiscvOptions = {}): RiscvIsa {
  const asked = options.extensions ?? ['m', 'a'];
  const extensions = new Set<Extension>(['i', ...asked, 'c']);
  if (extensions.has('d') && !extensions.has('f')) throw new Error('D needs F');
  const floatLength = floatLengthOf(extensions);
  const rows = riscvRows(extensions);
  const decoder = new Decoder(rows);
  let lifting: Lifting | null = null;

  return {
    name: `rv32${[...extensions].join('')}`,
    addressType: 'i32',
    fetchBytes: 2,
    registers: riscvRegisters(floatLength),
    routines: floatLength === 0 ? [] : FLOAT_ROUTINES,
    stackPointer: SP,
    callsPush: false,
    seesStoresToCode: false,
    contextRegister: -1,
    exceptionReturnBase: 2 ** 32,
    rows,
    rowOf: (bits) => decoder.decode(bits)?.row ?? null,
    describe: (bits) => {
      const decoded = decoder.decode(bits);
      return decoded === null ? 'illegal' : describeRow(decoded.row, decoded.fields);
    },
    lift(block: BlockBuilder, code: CodeSource): boolean {
      const first = code.unit(block.instructionPc);
      if (first < 0) return false;
      const isWide = Decoder.isWide(first);
      const second = isWide ? code.unit((block.instructionPc + 2) >>> 0) : 0;
      if (second < 0) return false;
      if (lifting?.block !== block) lifting = new Lifting(block, floatLength);
      liftOne(lifting, decoder, first | (second << 16), isWide ? 4 : 2);
      return true;
    },
  };
}

function liftOne(lifting: Lifting, decoder: Decoder, bits: number, length: number): void {
  const { block } = lifting;
  block.begin(length);
  lifting.bits = bits;
  const decoded = decoder.decode(bits);
  if (decoded === null) lifting.illegal();
  else decoded.row.lift(lifting, decoded.fields);
  block.finish(0);
}
