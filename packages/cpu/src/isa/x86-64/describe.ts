/**
 * An instruction as text in Intel's syntax, as GNU objdump prints it but for prefixes without
 * effect, which are left out.
 */
import { type DecodedInstruction, NONE, type Operand, RIP } from './instruction.ts';
import { generalName, registerName, segmentName } from './register.ts';

const SIZE_NAMES: Readonly<Record<number, string>> = {
  1: 'BYTE PTR ',
  2: 'WORD PTR ',
  4: 'DWORD PTR ',
  6: 'FWORD PTR ',
  8: 'QWORD PTR ',
  10: 'TBYTE PTR ',
  16: 'XMMWORD PTR ',
};
const REPNE = 0xf2;

/** Unsigned hexadecimal of a 64-bit number in two halves. */
function hex64(low: number, high: number): string {
  return `0x${((BigInt(high >>> 0) << 32n) | BigInt(low >>> 0)).toString(16)}`;
}

/** Unsigned hexadecimal of the low `size` bytes. */
function hexOf(low: number, high: number, size: number): string {
  if (size === 8) return hex64(low, high);
  const bits = size * 8;
  return `0x${(size >= 4 ? low >>> 0 : low & (2 ** bits - 1)).toString(16)}`;
}

function displacementText(instruction: DecodedInstruction): string {
  const { base, displacement, displacementBytes, displacementHigh } = instruction;
  if (displacementBytes === 0) return '';
  // objdump prints what is added to the instruction pointer without a sign.
  if (base === RIP) return `+${hex64(displacement, displacementHigh)}`;
  const magnitude = Math.abs(displacement).toString(16);
  return `${displacement < 0 ? '-' : '+'}0x${magnitude}`;
}

function addressText(instruction: DecodedInstruction): string {
  const { base, index, scale, addressSize, segment } = instruction;
  const prefix = segment === NONE ? '' : `${segmentName(segment)}:`;
  if (base === NONE && index === NONE) {
    const { displacement, displacementHigh } = instruction;
    const high = addressSize === 8 ? displacementHigh : 0;
    return `${prefix === '' ? 'ds:' : prefix}${hex64(displacement, high)}`;
  }
  const parts: string[] = [];
  if (base !== NONE) parts.push(generalName(base, addressSize));
  if (index !== NONE) parts.push(`${generalName(index, addressSize)}*${scale}`);
  return `${prefix}[${parts.join('+')}${displacementText(instruction)}]`;
}

function stringText(operand: Operand, instruction: DecodedInstruction): string {
  const { segment, addressSize } = instruction;
  const size = SIZE_NAMES[operand.size]!;
  if (operand.kind === 'destination') return `${size}es:[${generalName(7, addressSize)}]`;
  const from = segment === NONE ? 'ds' : segmentName(segment);
  return `${size}${from}:[${generalName(6, addressSize)}]`;
}

/** A target as the address it is, the instruction lying at `address`. */
function targetText(operand: Operand, length: number, address: number): string {
  const offset = BigInt.asIntN(32, BigInt(operand.low));
  return `0x${BigInt.asUintN(64, BigInt(address) + BigInt(length) + offset).toString(16)}`;
}

/** The size in front of memory; absolute moves have it in their register. */
function sizeText({ row, operands }: DecodedInstruction, index: number): string {
  if (row!.form.operands[index]!.place === 'absolute') return '';
  return SIZE_NAMES[operands[index]!.size] ?? '';
}

function operandText(instruction: DecodedInstruction, index: number, address: number): string {
  const operand = instruction.operands[index]!;
  switch (operand.kind) {
    case 'register': {
      const isEncoded = instruction.row!.form.operands[index]!.place === 'rm';
      return operand.file === 'x87' && isEncoded
        ? `st(${operand.register})`
        : registerName(operand);
    }
    case 'memory':
      return `${sizeText(instruction, index)}${addressText(instruction)}`;
    case 'immediate':
      if (instruction.row!.operandText.endsWith(',1')) return '1';
      return hexOf(operand.low, operand.high, operand.size);
    case 'relative':
      return targetText(operand, instruction.length, address);
    default:
      return stringText(operand, instruction);
  }
}

function repeatText({ row, repeat }: DecodedInstruction): string {
  const { attributes } = row!.form;
  if (repeat === 0) return '';
  if (attributes.has('repeat')) return repeat === REPNE ? 'repnz ' : 'rep ';
  if (attributes.has('repeat-zero')) return repeat === REPNE ? 'repnz ' : 'repz ';
  return '';
}

/**
 * `mnemonic operands` of a decoded instruction.
 *
 * @param address  where it lies; targets of branches are absolute
 */
export function describeInstruction(instruction: DecodedInstruction, address: number): string {
  const { row, operands, operandCount, hasLock } = instruction;
  const texts = operands
    .slice(0, operandCount)
    .map((_, index) => operandText(instruction, index, address));
  const name = `${hasLock ? 'lock ' : ''}${repeatText(instruction)}${row!.mnemonic}`;
  return texts.length === 0 ? name : `${name} ${texts.join(',')}`;
}
