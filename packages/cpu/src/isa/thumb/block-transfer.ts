/**
 * LDM, STM, PUSH and POP in all their encodings. One access to consecutive words; base write-back
 * after it, so that a fault leaves the registers as they were.
 */
import { add, constant, type Expression, sub } from '../../ir/expression.ts';
import type { Lifting } from './lifting.ts';
import { LR, PC, SP } from './register.ts';

/** The registers of a list, lowest first. */
export function registersIn(list: number): number[] {
  return Array.from({ length: 16 }, (_, n) => n).filter((n) => (list >> n) & 1);
}

function setBase(c: Lifting, n: number, value: Expression): void {
  if (n === SP) c.setAlignedSp(value);
  else c.set(n, value);
}

export interface BlockTransfer {
  readonly base: number;
  readonly list: number;
  readonly writeBack: boolean;
  /** Decrement before instead of increment after. */
  readonly before: boolean;
}

export function storeMultiple(c: Lifting, { base, list, writeBack, before }: BlockTransfer): void {
  const registers = registersIn(list);
  const bytes = constant(registers.length * 4);
  const n = c.get(base);
  const address = before ? sub(n, bytes) : n;
  c.block.storeMany(
    address,
    4,
    registers.map((r) => c.get(r)),
    'natural',
  );
  if (writeBack) setBase(c, base, before ? sub(n, bytes) : add(n, bytes));
}

/** A base that is also loaded keeps what was loaded. */
export function loadMultiple(c: Lifting, { base, list, writeBack, before }: BlockTransfer): void {
  const registers = registersIn(list);
  const bytes = constant(registers.length * 4);
  const n = c.get(base);
  const address = before ? sub(n, bytes) : n;
  const values = c.block.loadMany(address, registers.length, 4, false, 'natural');
  if (writeBack) setBase(c, base, before ? sub(n, bytes) : add(n, bytes));
  registers.forEach((r, index) => {
    if (r !== PC) c.set(r, values[index]!);
  });
  if ((list >> PC) & 1) c.interworkingBranch(values.at(-1)!, base === SP);
}

/** PUSH: bit 8 of the list is lr. */
export function push(c: Lifting, list: number): void {
  const registers = (list & 0xff) | (((list >> 8) & 1) << LR);
  storeMultiple(c, { base: SP, list: registers, writeBack: true, before: true });
}

/** POP: bit 8 of the list is pc. */
export function pop(c: Lifting, list: number): void {
  const registers = (list & 0xff) | (((list >> 8) & 1) << PC);
  loadMultiple(c, { base: SP, list: registers, writeBack: true, before: false });
}
