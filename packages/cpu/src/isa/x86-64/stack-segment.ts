/**
 * Whether an access of an instruction goes through SS, which matters for one thing: an address that
 * is not canonical then raises #SS, not #GP (SDM volume 1, 3.7.4).
 */
import { type DecodedInstruction, NONE } from './instruction.ts';
import { RBP, RSP } from './register.ts';

const ALWAYS_STACK = /^(push|pushf|popf|ret|leave|enter)$/;

/**
 * @param isWrite  whether the access that failed was a store: PUSH and CALL load from their operand
 *                 and store to the stack, POP the other way round
 */
export function usesStackSegment(instruction: DecodedInstruction, isWrite: boolean): boolean {
  const { row, operands, operandCount, base, segment } = instruction;
  const mnemonic = row?.mnemonic ?? '';
  const hasMemory =
    operands.slice(0, operandCount).some(({ kind }) => kind === 'memory') && mnemonic !== 'lea';
  const isOperands = segment === NONE && (base === RSP || base === RBP);
  switch (mnemonic) {
    case 'push':
    case 'call':
      return isWrite || !hasMemory || isOperands;
    case 'pop':
      return !isWrite || !hasMemory || isOperands;
    default:
      return ALWAYS_STACK.test(mnemonic) || (hasMemory && isOperands);
  }
}
