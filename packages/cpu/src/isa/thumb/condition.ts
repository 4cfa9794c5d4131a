/**
 * The fourteen conditions (A7.3) over the unpacked flags, and over the operands of a comparison
 * that made the flags, which saves the flags' arithmetic.
 */
import {
  and,
  constant,
  type Expression,
  eq,
  eqz,
  geS,
  geU,
  gtS,
  gtU,
  leS,
  leU,
  ltS,
  ltU,
  ne,
  or,
  xor,
} from '../../ir/expression.ts';
import type { BlockBuilder } from '../../ir/translation-block.ts';
import { CF, NF, VF, ZF } from './register.ts';

export const CONDITION_NAMES = [
  'eq',
  'ne',
  'cs',
  'cc',
  'mi',
  'pl',
  'vs',
  'vc',
  'hi',
  'ls',
  'ge',
  'lt',
  'gt',
  'le',
  '',
  '',
] as const;

/** Flags that are those of `a - b`. */
export interface Comparison {
  readonly a: Expression;
  readonly b: Expression;
}

const ZERO = constant(0);

/** By condition number; each is not zero when the condition holds. */
const FROM_FLAGS: readonly ((b: BlockBuilder) => Expression)[] = [
  (b) => eqz(b.get(ZF)),
  (b) => b.get(ZF),
  (b) => b.get(CF),
  (b) => eqz(b.get(CF)),
  (b) => ltS(b.get(NF), ZERO),
  (b) => geS(b.get(NF), ZERO),
  (b) => ltS(b.get(VF), ZERO),
  (b) => geS(b.get(VF), ZERO),
  (b) => and(b.get(CF), ne(b.get(ZF), ZERO)),
  (b) => eqz(and(b.get(CF), ne(b.get(ZF), ZERO))),
  (b) => geS(xor(b.get(NF), b.get(VF)), ZERO),
  (b) => ltS(xor(b.get(NF), b.get(VF)), ZERO),
  (b) => and(ne(b.get(ZF), ZERO), geS(xor(b.get(NF), b.get(VF)), ZERO)),
  (b) => or(eqz(b.get(ZF)), ltS(xor(b.get(NF), b.get(VF)), ZERO)),
];

type FromOperands = (a: Expression, b: Expression) => Expression;

/** By condition number; null where the flags themselves are the shorter way (MI, PL, VS, VC). */
const FROM_COMPARISON: readonly (FromOperands | null)[] = [
  eq,
  ne,
  geU,
  ltU,
  null,
  null,
  null,
  null,
  gtU,
  leU,
  geS,
  ltS,
  gtS,
  leS,
];

export function conditionOf(block: BlockBuilder, condition: number): Expression {
  return FROM_FLAGS[condition]!(block);
}

export function conditionOfComparison(
  block: BlockBuilder,
  condition: number,
  { a, b }: Comparison,
): Expression {
  const direct = FROM_COMPARISON[condition];
  return direct === null || direct === undefined ? conditionOf(block, condition) : direct(a, b);
}
