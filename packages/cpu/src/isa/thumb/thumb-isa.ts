/**
 * The Arm M-profile instruction set for the JIT: Armv6-M (Cortex-M0), Armv7-M (Cortex-M3) and
 * Armv7E-M (Cortex-M4), the latter with or without the FPv4-SP FPU, by the table in table.ts.
 *
 * What the manual calls UNPREDICTABLE:
 * - As QEMU 7.2 does: sp as an operand of most instructions, a repeated Rm that differs from Rm,
 *   sp and pc in an STM list, LDRD whose base is also loaded (it ends as the write-back), an IT
 *   condition of 15 (always), BFI and SBFX of fields that do not fit (undefined), lists of too few
 *   registers or with the base written back (undefined), STREX with a status register that is
 *   also used (undefined).
 * - Undefined here, not there: r15 where it has no meaning, LDRD with write-back to pc, IT, CBZ
 *   and conditional branches within IT blocks, and what a core does not have though QEMU lets it
 *   pass (CBZ on Armv6-M; SMLAD and its kin, SXTAB and SSAT16 on Armv7-M; LDREXD and STREXD).
 * - An exclusive store whose size is not the load's fails; QEMU stores and reports failure.
 */
import type { CodeSource } from '../../ir/code-source.ts';
import type { BlockBuilder } from '../../ir/translation-block.ts';
import type { Isa } from '../../isa.ts';
import { Decoder } from './decoder.ts';
import { describeRow } from './describe.ts';
import { floatRoutines } from './float-routine.ts';
import { Lifting, type ThumbOptions } from './lifting.ts';
import { extractFields } from './pattern.ts';
import { ITSTATE, SP, thumbRegisters } from './register.ts';
import type { Row } from './row.ts';
import { thumbRows } from './table.ts';

/** Armv7-M ARM B1.5.8: EXC_RETURN is 0xfxxxxxxx; what lies below 0xff000000 is kept for code. */
const EXCEPTION_RETURN_BASE = 0xff000000;

export interface ThumbIsa extends Isa {
  /** The table, for tests and tools. */
  readonly rows: readonly Row[];
  /** The row of an instruction, or null; a wide one has its first halfword on top. */
  rowOf(bits: number, isWide: boolean): Row | null;
  /**
   * CCR.UNALIGN_TRP: word and halfword accesses must be aligned, as they always must on v6m. Whoever
   * changes it has all translations dropped.
   */
  unalignedTrap: boolean;
  /** `mnemonic operands`, or `undefined`. */
  describe(bits: number, isWide: boolean): string;
}

/** ITSTATE after an instruction (ITAdvance, A7.3.3). */
function advanceIt(state: number): number {
  return (state & 7) === 0 ? 0 : (state & 0xe0) | ((state << 1) & 0x1f);
}

/** Makes the instruction set of a core; `fpu` needs v7em. */
export function thumbIsa(options: ThumbOptions): ThumbIsa {
  if (options.fpu === true && options.version !== 'v7em') {
    throw new Error(`no FPU on ${options.version}`);
  }
  const decoder = new Decoder(thumbRows(options));
  let lifting: Lifting | null = null;

  const rowOf = (bits: number, isWide: boolean): Row | null =>
    isWide ? decoder.wideRow(bits) : decoder.narrowRow(bits);

  const isa: ThumbIsa = {
    addressType: 'i32',
    fetchBytes: 2,
    unalignedTrap: options.version === 'v6m',
    name: options.fpu ? `${options.version}+fpu` : options.version,
    routines: options.fpu === true ? floatRoutines() : [],
    registers: thumbRegisters(options.fpu === true),
    stackPointer: SP,
    callsPush: false,
    seesStoresToCode: false,
    contextRegister: ITSTATE,
    exceptionReturnBase: EXCEPTION_RETURN_BASE,
    rows: decoder.rows,
    rowOf,
    describe: (bits, isWide) => {
      const row = rowOf(bits, isWide);
      return row === null ? 'undefined' : describeRow(row, bits);
    },
    lift(block: BlockBuilder, code: CodeSource): boolean {
      const first = code.unit(block.instructionPc);
      if (first < 0) return false;
      const isWide = Decoder.isWide(first);
      const second = isWide ? code.unit((block.instructionPc + 2) >>> 0) : 0;
      if (second < 0) return false;
      if (lifting?.block !== block) lifting = new Lifting(block, options, isa.unalignedTrap);
      liftOne(lifting, isWide ? (first << 16) | second : first, isWide, rowOf);
      return true;
    },
  };
  return isa;
}

function liftOne(
  lifting: Lifting,
  bits: number,
  isWide: boolean,
  rowOf: (bits: number, isWide: boolean) => Row | null,
): void {
  const { block } = lifting;
  const before = block.context;
  const row = rowOf(bits, isWide);
  block.begin(isWide ? 4 : 2);
  block.context = advanceIt(before);
  lifting.bits = bits;
  lifting.inIt = before !== 0;
  const body = (): void => {
    if (row === null) lifting.undefined(bits);
    else row.lift(lifting, extractFields(row.pattern, bits));
  };
  if (before === 0 || row?.unconditional) body();
  else lifting.underCondition(before >> 4, body);
  block.finish(before);
}
