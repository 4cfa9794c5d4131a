/**
 * What the lift functions of the families write with: operands of a decoded instruction as 64-bit
 * expressions, memory at its effective address, and the flags. One lasts as long as its block.
 */
import {
  add64,
  and64,
  constant64,
  type Expression,
  operate,
  or64,
  shl64,
  shrU64,
  widenU,
  wrap,
} from '../../ir/expression.ts';
import type { AccessSize } from '../../ir/statement.ts';
import type { BlockBuilder } from '../../ir/translation-block.ts';
import { Flags } from './flags.ts';
import { type DecodedInstruction, NONE, type Operand, RIP } from './instruction.ts';
import { RSP } from './register.ts';
import { FS_BASE, GS_BASE } from './state.ts';

const SEGMENT_FS = 4;

/** Constants 0 … 64, as shifts and small sizes need them. */
const SMALL: readonly Expression[] = Array.from({ length: 65 }, (_, n) => constant64(BigInt(n)));
const MASKS: readonly bigint[] = Array.from({ length: 9 }, (_, n) => (1n << BigInt(n * 8)) - 1n);
const MASK_CONSTANTS: readonly Expression[] = MASKS.map((mask) => constant64(mask));

/** All bits of a size in bytes, 1 … 8. */
export function maskOf(size: number): bigint {
  return MASKS[size]!;
}

/** An i64 constant, 0 … 64. */
export function small(value: number): Expression {
  return SMALL[value]!;
}

/** An i64 constant of two halves, the upper one signed. */
function constantOf(low: number, high: number): Expression {
  if (high === low >> 31) return constant64(BigInt(low));
  return constant64((BigInt(high) << 32n) | BigInt(low >>> 0));
}

/** What aligns an operand of a size left: a shift. */
export function alignShift(size: number): number {
  return 64 - size * 8;
}

/** Of a scale: 1, 2, 4 or 8. */
const LOG2: readonly number[] = [0, 0, 1, 0, 2, 0, 0, 0, 3];

export class Lifting {
  readonly block: BlockBuilder;
  readonly flags: Flags;
  instruction: DecodedInstruction;
  private addressValue: Expression | null = null;

  constructor(block: BlockBuilder, instruction: DecodedInstruction) {
    this.block = block;
    this.flags = new Flags(block);
    this.instruction = instruction;
  }

  /** Begins the next instruction, whose length is announced. */
  begin(): void {
    this.addressValue = null;
  }

  operand(n: number): Operand {
    return this.instruction.operands[n]!;
  }

  /** Size of an operand in bytes. */
  size(n: number): AccessSize {
    return this.operand(n).size as AccessSize;
  }

  get(register: number): Expression {
    return this.block.get(register);
  }

  /** An operand; bits above its size are anything. */
  raw(n: number): Expression {
    const operand = this.operand(n);
    switch (operand.kind) {
      case 'register':
        return this.rawRegister(operand);
      case 'memory':
        return this.load(this.address(), this.size(n));
      default:
        return constantOf(operand.low, operand.high);
    }
  }

  /** An operand, zero-extended. */
  zero(n: number): Expression {
    return zeroExtended(this.raw(n), this.operand(n).size);
  }

  /** An operand, sign-extended. */
  signed(n: number): Expression {
    return signExtended(this.raw(n), this.operand(n).size);
  }

  /** An operand, shifted up so that its top bit is bit 63; a temporary. */
  aligned(n: number, size: number): Expression {
    return this.block.let(shl64(this.raw(n), small(alignShift(size))));
  }

  /** Writes an operand of which only the low bits of the value count. */
  write(n: number, value: Expression): void {
    const operand = this.operand(n);
    if (operand.kind === 'memory') this.store(this.address(), this.size(n), value);
    else this.writeRegister(operand.register, operand.size, operand.isHighByte, value);
  }

  /** Writes an operand with a value that has zeros above the operand's size. */
  writeZero(n: number, value: Expression): void {
    const { kind, register, size } = this.operand(n);
    if (kind === 'register' && size === 4) this.block.set(register, value);
    else this.write(n, value);
  }

  /** Writes a general register: 4 bytes clear the upper half, 1 and 2 leave the rest. */
  writeRegister(register: number, size: number, isHighByte: boolean, value: Expression): void {
    this.block.set(register, this.merged(register, size, isHighByte, value));
  }

  /** Loads 1, 2, 4 or 8 bytes, zero-extended. */
  load(address: Expression, size: AccessSize): Expression {
    const loaded = this.block.load(address, size, false, 'any');
    return size === 8 ? loaded : widenU(loaded);
  }

  /** Loads, zero-extended, what this instruction is going to store over. */
  loadBeforeStore(address: Expression, size: AccessSize): Expression {
    const loaded = this.block.loadBeforeStore(address, size);
    return size >= 8 ? loaded : widenU(loaded);
  }

  /** Faults as a store would, and changes nothing. */
  proveStore(address: Expression, size: AccessSize): void {
    this.store(address, size, this.loadBeforeStore(address, size));
  }

  store(address: Expression, size: AccessSize, value: Expression): void {
    this.block.store(address, size, size === 8 ? value : wrap(value), 'any');
  }

  /** Pushes `size` bytes. */
  push(value: Expression, size: AccessSize): void {
    const { block } = this;
    const top = block.let(add64(this.get(RSP), constant64(BigInt(-size))));
    this.store(top, size, value);
    block.set(RSP, top);
  }

  /** Loads from the top of the stack; the caller moves RSP when nothing can fault any more. */
  top(size: AccessSize): Expression {
    return this.load(this.get(RSP), size);
  }

  dropStack(bytes: number): void {
    this.block.set(RSP, add64(this.get(RSP), constant64(BigInt(bytes))));
  }

  /** The linear address of the memory operand, computed once an instruction. */
  address(): Expression {
    this.addressValue ??= this.block.let(this.withSegment(this.effectiveAddress()));
    return this.addressValue;
  }

  /** The offset that LEA gives. */
  effectiveAddress(): Expression {
    const { instruction, block } = this;
    const { base, index, scale, displacement, displacementHigh, addressSize } = instruction;
    let sum =
      base === RIP
        ? constant64(BigInt(block.nextPc + displacement))
        : constantOf(displacement, displacementHigh);
    if (index !== NONE) {
      const scaled = shl64(this.get(index), small(LOG2[scale]!));
      sum = add64(scaled, sum);
    }
    if (base !== RIP && base !== NONE) sum = add64(this.get(base), sum);
    return addressSize === 8 ? sum : zeroExtended(sum, 4);
  }

  withSegment(offset: Expression): Expression {
    const { segment } = this.instruction;
    if (segment === NONE) return offset;
    return add64(this.get(segment === SEGMENT_FS ? FS_BASE : GS_BASE), offset);
  }

  private rawRegister({ register, isHighByte }: Operand): Expression {
    const value = this.get(register);
    return isHighByte ? shrU64(value, small(8)) : value;
  }

  private merged(
    register: number,
    size: number,
    isHighByte: boolean,
    value: Expression,
  ): Expression {
    if (size === 8) return value;
    if (size === 4) return zeroExtended(value, 4);
    const mask = maskOf(size) << (isHighByte ? 8n : 0n);
    const placed = isHighByte ? shl64(value, small(8)) : value;
    const kept = and64(this.get(register), constant64(~mask));
    return or64(kept, and64(placed, constant64(mask)));
  }
}

/** A value of `size` bytes with zeros above. */
export function zeroExtended(value: Expression, size: number): Expression {
  if (size === 8) return value;
  if (size === 4) return widenU(wrap(value));
  return and64(value, MASK_CONSTANTS[size]!);
}

/** A value of `size` bytes with its sign above. */
export function signExtended(value: Expression, size: number): Expression {
  switch (size) {
    case 1:
      return operate('extend8To64', value);
    case 2:
      return operate('extend16To64', value);
    case 4:
      return operate('extend32To64', value);
    default:
      return value;
  }
}
