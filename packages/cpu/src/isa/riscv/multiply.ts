// @table
/** RV32M: multiplication and division (Unprivileged ISA, chapter 7). */
import {
  and,
  constant,
  constant64,
  type Expression,
  eq,
  eqz,
  mul,
  mul64,
  operate,
  or,
  select,
  shrU64,
  widenS,
  widenU,
  wrap,
} from '../../ir/expression.ts';
import { registerOperation } from './integer.ts';
import { type Lift, type Row, row } from './row.ts';

type Unary = (e: Expression) => Expression;

/** The upper word of the product of two extended words. */
function upperProduct(extendA: Unary, extendB: Unary): Lift {
  return registerOperation((a, b) => wrap(shrU64(mul64(extendA(a), extendB(b)), constant64(32n))));
}

const MOST_NEGATIVE = constant(0x80000000);
const MINUS_ONE = constant(-1);

/** 1 in place of a divisor for which WebAssembly traps: what it gives is then right for overflow. */
function harmlessDivisor(a: Expression, b: Expression, signed: boolean): Expression {
  const overflows = and(eq(a, MOST_NEGATIVE), eq(b, MINUS_ONE));
  return select(signed ? or(eqz(b), overflows) : eqz(b), constant(1), b);
}

/** Division by zero gives all ones; -2^31 / -1 gives -2^31 (table 7.1). */
function quotient(name: 'divS' | 'divU'): Lift {
  return registerOperation((a, b) =>
    select(eqz(b), MINUS_ONE, operate(name, a, harmlessDivisor(a, b, name === 'divS'))),
  );
}

/** The remainder of a division by zero is the dividend; that of the overflow is 0. */
function remainder(name: 'remS' | 'remU'): Lift {
  return registerOperation((a, b) =>
    select(eqz(b), a, operate(name, a, harmlessDivisor(a, b, name === 'remS'))),
  );
}

function multiplyRow(funct3: string, name: string, lift: Lift): Row {
  return row('m', `0000001 rs2 rs1 ${funct3} rd 0110011`, name, 'rd, rs1, rs2', lift);
}

export const MULTIPLY: readonly Row[] = [
  multiplyRow('000', 'mul', registerOperation(mul)),
  multiplyRow('001', 'mulh', upperProduct(widenS, widenS)),
  multiplyRow('010', 'mulhsu', upperProduct(widenS, widenU)),
  multiplyRow('011', 'mulhu', upperProduct(widenU, widenU)),
  multiplyRow('100', 'div', quotient('divS')),
  multiplyRow('101', 'divu', quotient('divU')),
  multiplyRow('110', 'rem', remainder('remS')),
  multiplyRow('111', 'remu', remainder('remU')),
];
