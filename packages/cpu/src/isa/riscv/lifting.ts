/**
 * What a row's lifter works with: the block it writes into, x0, and the values of registers that
 * are known because the same block set them (LUI, AUIPC and what is computed from them), which
 * makes a far call by AUIPC and JALR a call with a known target.
 */
import { constant, type Expression, eqz, isConstant } from '../../ir/expression.ts';
import type { BlockBuilder } from '../../ir/translation-block.ts';
import { FLOAT_ON, type FloatLength, RA } from './register.ts';

export class Lifting {
  readonly block: BlockBuilder;
  readonly floatLength: FloatLength;
  /** The instruction that is being lifted. */
  bits = 0;
  /** Whether an instruction of this block found the floating-point unit on. */
  private floatIsOn = false;
  private readonly known = new Map<number, Expression>();

  constructor(block: BlockBuilder, floatLength: FloatLength) {
    this.block = block;
    this.floatLength = floatLength;
  }

  get pc(): number {
    return this.block.instructionPc;
  }

  /** An integer register now. */
  get(register: number): Expression {
    if (register === 0) return constant(0);
    return this.known.get(register) ?? this.block.get(register);
  }

  /** Sets an integer register on every path through the instruction. */
  set(register: number, value: Expression): void {
    if (register === 0) return;
    this.block.set(register, value);
    if (isConstant(value)) this.known.set(register, value);
    else this.known.delete(register);
  }

  /** Sets an integer register inside {@link BlockBuilder.if}. */
  setWhen(register: number, value: Expression): void {
    if (register === 0) return;
    this.block.set(register, value);
    this.known.delete(register);
  }

  /**
   * Traps as illegal when `mstatus.FS` is off. What changes it ends the block, so one look a block
   * is enough.
   */
  requireFloat(): void {
    if (this.floatIsOn) return;
    this.floatIsOn = true;
    this.block.if(eqz(this.block.get(FLOAT_ON)), () => {
      this.block.trap('undefined-instruction', constant(this.bits), false);
    });
  }

  /** The instruction has no meaning here: it traps, and ends the block. */
  illegal(): void {
    this.block.trap('undefined-instruction', constant(this.bits), false);
    this.block.unreachable();
  }

  /** A jump to an address that is known or computed; the link register is already set. */
  jumpTo(target: Expression, links: boolean, isReturn: boolean): void {
    const { block } = this;
    const to = isConstant(target) ? (target.value as number) >>> 0 : target;
    if (links) block.call(to, block.nextPc >>> 0);
    else if (typeof to === 'number') block.jump(to);
    else block.indirect(to, isReturn);
  }
}

/**
 * Whether a JAL or JALR that writes this register is a call with a frame. By the alternate link
 * register t0 compilers enter millicode (`__riscv_save_0`, outlined pieces), which is part of its
 * caller: it comes back with another stack pointer than it was entered with.
 */
export function isLinkRegister(register: number): boolean {
  return register === RA;
}
