/**
 * What the manual leaves undefined after an instruction, so that comparisons leave it out: flags by
 * the row's `u` and by the rules below, condition bits of the x87 status word, whole results. Each
 * rule names its reason.
 */
import type { DecodedInstruction } from './instruction.ts';

export const CF = 0x1;
export const PF = 0x4;
export const AF = 0x10;
export const ZF = 0x40;
export const SF = 0x80;
export const OF = 0x800;
/** RFLAGS bits in the order of a row's six letters. */
export const FLAG_BITS: readonly number[] = [OF, SF, ZF, AF, PF, CF];
export const STATUS_FLAGS: number = OF | SF | ZF | AF | PF | CF;

/** The bits of the flags that a row has one of these letters for. */
export function flagMask(flags: string, letters: string): number {
  return FLAG_BITS.reduce((mask, bit, n) => (letters.includes(flags[n]!) ? mask | bit : mask), 0);
}

const SHIFTS: ReadonlySet<string> = new Set(['shl', 'shr', 'sar']);
const ROTATES: ReadonlySet<string> = new Set(['rol', 'ror', 'rcl', 'rcr']);
const DOUBLE_SHIFTS: ReadonlySet<string> = new Set(['shld', 'shrd']);

/** Whether the instruction has a count that decides which flags it changes. */
export function isCounted(mnemonic: string): boolean {
  return SHIFTS.has(mnemonic) || ROTATES.has(mnemonic) || DOUBLE_SHIFTS.has(mnemonic);
}

/** A shift's count as the processor uses it: five bits, or six with REX.W. */
export function maskedCount(instruction: DecodedInstruction, count: number): number {
  return count & (instruction.operands[0]!.size === 8 ? 63 : 31);
}

/**
 * The flags that are undefined after an instruction that did not fault.
 *
 * @param count  of a shift or rotate, as encoded or in CL; else ignored
 */
export function undefinedFlags(instruction: DecodedInstruction, count: number): number {
  const { mnemonic, flags } = instruction.row!;
  const plain = flagMask(flags, 'u');
  if (!isCounted(mnemonic)) return plain;
  const masked = maskedCount(instruction, count);
  // SDM, SAL/SAR/SHL/SHR, RCL/RCR/ROL/ROR, SHLD, SHRD: a count of 0 changes no flag.
  if (masked === 0) return 0;
  // OF is defined for single steps only.
  let mask = masked === 1 ? plain : plain | OF;
  const bits = instruction.operands[0]!.size * 8;
  // SHL, SHR: CF is undefined for counts greater than or equal to the operand's width.
  if (mnemonic !== 'sar' && SHIFTS.has(mnemonic) && masked >= bits) mask |= CF;
  if (DOUBLE_SHIFTS.has(mnemonic) && masked > bits) mask = STATUS_FLAGS;
  return mask;
}

/**
 * Why the result itself is undefined, or null.
 *
 * @param count         as for {@link undefinedFlags}
 * @param isZeroSource  whether the source is zero
 */
export function undefinedResult(
  instruction: DecodedInstruction,
  count: number,
  isZeroSource: boolean,
): string | null {
  const { mnemonic } = instruction.row!;
  const bits = instruction.operands[0]!.size * 8;
  if (DOUBLE_SHIFTS.has(mnemonic) && maskedCount(instruction, count) > bits) {
    return 'SHLD, SHRD: the count is greater than the operand’s width';
  }
  if ((mnemonic === 'bsf' || mnemonic === 'bsr') && isZeroSource) {
    return 'BSF, BSR: the source is zero';
  }
  if (mnemonic === 'bswap' && bits === 16) return 'BSWAP: a 16-bit register';
  return null;
}

/** Bits of the x87 status word. */
export const C0 = 0x100;
export const C1 = 0x200;
export const C2 = 0x400;
export const C3 = 0x4000;
const CONDITION_BITS = C0 | C1 | C2 | C3;

const DEFINES_ALL =
  /^(f(u?com|icom)p{0,2}|fu?comip?|ftst|fxam|fprem1?|fnstsw|fnstcw|fnstenv|fwait|fninit|frstor|fldenv|fxrstor(64)?)$/;
const DEFINES_C1_C2 = /^(fsin|fcos|fsincos|fptan)$/;
const DEFINES_NONE = /^(fldcw|fnclex|ffreep?|fnop|fneni|fndisi|fnsetpm|fnsave)$/;

/**
 * Condition bits of the x87 status word that are undefined after an instruction (SDM volume 1,
 * table 8-1 and the instructions' own pages).
 */
export function undefinedConditions(instruction: DecodedInstruction): number {
  const { mnemonic, feature } = instruction.row!;
  // SDM: C1 is cleared; AMD's processors leave it.
  if (/^fu?comip?$/.test(mnemonic)) return C1;
  const isX87 = feature === 'fpu' || mnemonic === 'fisttp';
  if (!isX87 || DEFINES_ALL.test(mnemonic) || mnemonic.startsWith('fxsave')) return 0;
  if (DEFINES_NONE.test(mnemonic)) return CONDITION_BITS;
  return DEFINES_C1_C2.test(mnemonic) ? C0 | C3 : C0 | C2 | C3;
}
