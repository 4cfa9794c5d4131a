/**
 * The first operand of instructions that read it and write it: its load looks at memory as the
 * store will, so that a fault is one of a store (the error code that processors give says so).
 */
import type { Expression } from '../../ir/expression.ts';
import { type Lifting, zeroExtended } from './lifting.ts';

/** Operand 0 with anything above its size. */
export function rawModified(c: Lifting): Expression {
  if (c.operand(0).kind !== 'memory') return c.raw(0);
  return c.loadBeforeStore(c.address(), c.size(0));
}

/** Operand 0, zero-extended. */
export function zeroModified(c: Lifting): Expression {
  const isMemory = c.operand(0).kind === 'memory';
  return isMemory ? rawModified(c) : zeroExtended(c.raw(0), c.size(0));
}
