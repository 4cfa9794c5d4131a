/**
 * Which arithmetic flags of x86-64 are defined, from the instructions that an engine has run: the
 * manual leaves some undefined after some instructions, and engines then differ.
 */
import { undefinedX86Flags } from '@bareheap/cpu';

/** OF SF ZF AF PF CF, in the order of a row's letters. */
const FLAG_BITS = [0x800, 0x80, 0x40, 0x10, 0x4, 0x1];
export const STATUS_FLAGS = FLAG_BITS.reduce((all, bit) => all | bit);
const COUNTED = /^(shl|shr|sar|rol|ror|rcl|rcr|shld|shrd)$/;
const RCX = 1;

export class DefinedFlags {
  /** Flags that are known to be defined. */
  mask = 0;

  forget() {
    this.mask = 0;
  }

  /** An engine is about to run an instruction, or null. */
  note(cpu, instruction) {
    if (instruction === null) return;
    const { flags, mnemonic } = instruction.row;
    if (flags === '------') return;
    const rcx = cpu.readLow(RCX);
    if (instruction.repeat !== 0 && rcx === 0) return;
    const count = countOf(instruction, rcx);
    const wide = instruction.operands[0].size === 8 ? 63 : 31;
    if (COUNTED.test(mnemonic) && (count & wide) === 0) return;
    const set = FLAG_BITS.reduce(
      (mask, bit, at) => ('-t'.includes(flags[at]) ? mask : mask | bit),
      0,
    );
    this.mask = (this.mask | set) & ~undefinedX86Flags(instruction, count);
  }
}

/** Of a shift or rotate: the last operand, CL or a number. */
function countOf({ operands, operandCount }, rcx) {
  const last = operands[operandCount - 1];
  if (last === undefined) return 0;
  return last.kind === 'register' ? rcx & 0xff : last.low;
}
