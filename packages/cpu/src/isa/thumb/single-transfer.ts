/** Loads and stores of one register: kinds of access, addressing and write-back. */
import { and, constant, type Expression } from '../../ir/expression.ts';
import type { AccessSize } from '../../ir/statement.ts';
import type { Lifting } from './lifting.ts';
import { PC, SP } from './register.ts';

export interface Access {
  readonly size: AccessSize;
  readonly signed: boolean;
}

export const BYTE: Access = { size: 1, signed: false };
export const SIGNED_BYTE: Access = { size: 1, signed: true };
export const HALF: Access = { size: 2, signed: false };
export const SIGNED_HALF: Access = { size: 2, signed: true };
export const WORD: Access = { size: 4, signed: false };

/** What becomes of the base register: its new value, or null. */
export interface WriteBack {
  readonly base: number;
  readonly value: Expression;
}

function applyWriteBack(c: Lifting, writeBack: WriteBack | null): void {
  if (writeBack !== null) c.set(writeBack.base, writeBack.value);
}

/** Loads into `t`; into pc it is a branch. Write-back may read only the base. */
export function loadRegister(
  c: Lifting,
  t: number,
  address: Expression,
  access: Access,
  writeBack: WriteBack | null = null,
): void {
  const value = c.block.load(address, access.size, access.signed, c.alignment);
  applyWriteBack(c, writeBack);
  if (t === PC) c.interworkingBranch(value, writeBack?.base === SP);
  else c.set(t, value);
}

export function storeRegister(
  c: Lifting,
  t: number,
  address: Expression,
  access: Access,
  writeBack: WriteBack | null = null,
): void {
  c.block.store(address, access.size, c.get(t), c.alignment);
  applyWriteBack(c, writeBack);
}

/** A literal's address: the aligned pc plus or minus the offset. */
export function literal(c: Lifting, up: number, offset: number): Expression {
  return constant(c.alignedPc + (up ? offset : -offset));
}

/** An address with its low bit cleared, for branches that do not interwork (BranchWritePC). */
export function branchTarget(value: Expression): Expression {
  return and(value, constant(-2));
}
