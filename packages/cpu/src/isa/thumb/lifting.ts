/**
 * What the rows' lift functions write with: a block builder that knows of r15, of the stack
 * pointer's low bits, of flags and of the IT state. One lasts as long as its translation block.
 */
import {
  add,
  and,
  constant,
  type Expression,
  eqz,
  geU,
  isConstant,
  ltU,
  not,
  or,
  shrU,
  sub,
  xor,
} from '../../ir/expression.ts';
import type { Alignment } from '../../ir/statement.ts';
import type { BlockBuilder } from '../../ir/translation-block.ts';
import { type Comparison, conditionOf, conditionOfComparison } from './condition.ts';
import { CF, FPCA, FPU_ENABLED, NF, PC, SP, VF, ZF } from './register.ts';

export interface ThumbOptions {
  /** Cortex-M0 and M0+; M3; M4 and M7. */
  readonly version: 'v6m' | 'v7m' | 'v7em';
  /** The single-precision FPU (FPv4-SP-d16); v7em only. */
  readonly fpu?: boolean;
}

/** A carry that an operation leaves as it was. */
export const CARRY_KEPT = null;

const AL = 14;

export class Lifting {
  readonly block: BlockBuilder;
  readonly options: ThumbOptions;
  /** Alignment of single word and halfword accesses. */
  readonly alignment: Alignment;
  /** The instruction being lifted; the first halfword of a wide one is on top. */
  bits = 0;
  /** Whether it is in an IT block. */
  inIt = false;
  /** Whether its statements run only under a condition, so that nothing they do is certain. */
  private conditional = false;
  /** The comparison the flags come from, while that is known and its operands stand. */
  private comparison: Comparison | null = null;
  /** The condition of the IT block as its first instruction saw it, while flags are unchanged. */
  private itCondition: { readonly base: number; readonly holds: Expression } | null = null;
  private fpuChecked = false;

  /** @param strict  whether word and halfword accesses must be aligned */
  constructor(block: BlockBuilder, options: ThumbOptions, strict: boolean) {
    this.block = block;
    this.options = options;
    this.alignment = strict ? 'natural' : 'any';
  }

  /** Whether 16-bit data-processing instructions set flags here: only outside IT blocks. */
  get narrowSetsFlags(): boolean {
    return !this.inIt;
  }

  /** The pc as an instruction reads it: its own address + 4. */
  get pc(): number {
    return (this.block.instructionPc + 4) | 0;
  }

  /** The pc as a base of literal loads and ADR. */
  get alignedPc(): number {
    return this.pc & ~3;
  }

  /** A general register; r15 reads as the instruction's address + 4. */
  get(register: number): Expression {
    return register === PC ? constant(this.pc) : this.block.get(register);
  }

  /** Sets r0…r14; sp keeps its low two bits 0 (B1.4.1). */
  set(register: number, value: Expression): void {
    this.setAny(register, register === SP ? and(value, constant(-4)) : value);
  }

  /** Sets sp to a value known to be a multiple of four. */
  setAlignedSp(value: Expression): void {
    this.setAny(SP, value);
  }

  private setAny(register: number, value: Expression): void {
    this.block.set(register, value);
    const { comparison } = this;
    if (comparison !== null && (reads(comparison.a, register) || reads(comparison.b, register))) {
      this.comparison = null;
    }
  }

  /** Lifts `body` under the IT state's condition. */
  underCondition(condition: number, body: () => void): void {
    if (condition >= AL) {
      body();
      return;
    }
    const holds = this.block.let(this.itHolds(condition));
    this.block.guardExit(holds);
    this.conditional = true;
    this.block.if(holds, body);
    this.conditional = false;
  }

  /** Computes the condition of an IT block once, at the IT instruction. */
  openIt(condition: number): void {
    if (condition >= AL) return;
    this.itCondition = { base: condition, holds: this.block.let(this.condition(condition)) };
  }

  private itHolds(condition: number): Expression {
    const known = this.itCondition;
    if (known === null) return this.condition(condition);
    return condition === known.base ? known.holds : eqz(known.holds);
  }

  /** Not zero when a condition field (0…13) holds for the flags now. */
  condition(condition: number): Expression {
    return this.comparison === null
      ? conditionOf(this.block, condition)
      : conditionOfComparison(this.block, condition, this.comparison);
  }

  private flagsChange(comparison: Comparison | null): void {
    this.comparison = this.conditional ? null : comparison;
    this.itCondition = null;
  }

  /** `d = result`, and N, Z from it, C from `carry`; `carry` may read `d` as it was. */
  logical(d: number | null, result: Expression, carry: Expression | null, setFlags: boolean): void {
    if (!setFlags) {
      if (d !== null) this.set(d, result);
      return;
    }
    const r = this.block.let(result);
    this.setNz(r);
    if (carry !== CARRY_KEPT) this.block.set(CF, carry);
    if (d !== null) this.set(d, r);
  }

  /** N and Z of a value; the other flags stay. */
  private setNz(value: Expression): void {
    this.flagsChange(null);
    this.block.set(NF, value);
    this.block.set(ZF, value);
  }

  add(d: number | null, a: Expression, b: Expression, setFlags: boolean): void {
    if (!setFlags) {
      if (d !== null) this.set(d, add(a, b));
      return;
    }
    const r = this.block.let(add(a, b));
    this.setNz(r);
    this.block.set(CF, ltU(r, a));
    this.block.set(VF, and(xor(r, a), xor(r, b)));
    if (d !== null) this.set(d, r);
  }

  subtract(d: number | null, a: Expression, b: Expression, setFlags: boolean): void {
    if (!setFlags) {
      if (d !== null) this.set(d, sub(a, b));
      return;
    }
    const left = this.outlasting(a, d);
    const right = this.outlasting(b, d);
    const isZero = isConstant(right) && right.value === 0;
    const r = this.block.let(sub(left, right));
    this.setNz(r);
    this.block.set(CF, isZero ? constant(1) : geU(left, right));
    this.block.set(VF, isZero ? constant(0) : and(xor(left, right), xor(left, r)));
    if (d !== null) this.set(d, r);
    this.flagsChange({ a: left, b: right });
  }

  /** `a + b + C`; SBC passes the complement of its second operand (A2.2.1 AddWithCarry). */
  addWithCarry(d: number | null, a: Expression, b: Expression, setFlags: boolean): void {
    if (!setFlags) {
      if (d !== null) this.set(d, add(add(a, b), this.block.get(CF)));
      return;
    }
    const partial = this.block.let(add(a, b));
    const r = this.block.let(add(partial, this.block.get(CF)));
    const carry = this.block.let(or(ltU(partial, a), ltU(r, partial)));
    this.setNz(r);
    this.block.set(VF, and(xor(r, a), xor(r, b)));
    this.block.set(CF, carry);
    if (d !== null) this.set(d, r);
  }

  subtractWithCarry(d: number | null, a: Expression, b: Expression, setFlags: boolean): void {
    this.addWithCarry(d, a, setFlags ? this.block.let(not(b)) : not(b), setFlags);
  }

  /** An operand in a form that stays good after register `d` is written. */
  private outlasting(e: Expression, d: number | null): Expression {
    if (isConstant(e) || e.kind === 'temporary') return e;
    if (e.kind === 'register' && e.register !== d) return e;
    return this.block.let(e);
  }

  /** Tells that flags were written directly. */
  flagsWritten(): void {
    this.flagsChange(null);
  }

  /** Branches to an address whose bit 0 says Thumb state, as BX does. Clear: INVSTATE follows. */
  interworkingBranch(target: Expression, isReturn: boolean): void {
    const t = this.block.let(target);
    this.trapIfArmState(t);
    this.block.indirect(and(t, constant(-2)), isReturn);
  }

  /** The call of BLX; lr is set by the caller. */
  interworkingCall(target: Expression, returnTo: number): void {
    this.trapIfArmState(target);
    this.block.call(and(target, constant(-2)), returnTo);
  }

  private trapIfArmState(target: Expression): void {
    this.block.if(eqz(and(target, constant(1))), () =>
      this.block.trap('invalid-state', target, true),
    );
  }

  /** An encoding without a meaning here. */
  undefined(bits: number): void {
    this.block.trap('undefined-instruction', constant(bits), false);
    this.block.unreachable();
  }

  /** Traps when the FPU is off and tells the machine that it was used; once in a block. */
  useFpu(): void {
    if (this.fpuChecked) return;
    const enabled = this.block.get(FPU_ENABLED);
    this.block.if(eqz(and(enabled, constant(1))), () =>
      this.block.trap('no-coprocessor', constant(10), false),
    );
    this.block.set(FPCA, or(this.block.get(FPCA), shrU(enabled, constant(1))));
    this.fpuChecked = !this.conditional;
  }
}

function reads(e: Expression, register: number): boolean {
  return e.kind === 'register' && e.register === register;
}
