// @table
/**
 * RV32A: LR, SC and the atomic memory operations (Unprivileged ISA, chapter 8). With one hart they
 * are a load and a store; acquire and release bits have nothing to order. Addresses must be
 * multiples of 4. SC succeeds when the address is the reserved one and memory still holds the word
 * that LR loaded, as QEMU does it.
 */
import {
  add,
  and,
  constant,
  type Expression,
  eq,
  gtS,
  gtU,
  ltS,
  ltU,
  or,
  select,
  xor,
} from '../../ir/expression.ts';
import type { Lifting } from './lifting.ts';
import { RESERVATION, RESERVED_VALUE } from './register.ts';
import { type Lift, type Row, row } from './row.ts';

type Binary = (a: Expression, b: Expression) => Expression;

const loadReserved: Lift = (c, f) => {
  const { block } = c;
  const address = block.let(c.get(f.rs1));
  const value = block.load(address, 4, false, 'natural');
  block.set(RESERVATION, address);
  block.set(RESERVED_VALUE, value);
  c.set(f.rd, value);
};

/** A store to a misaligned address, which faults as one before SC looks at its reservation. */
function demandAlignment(c: Lifting, address: Expression): void {
  c.block.if(and(address, constant(3)), () => {
    c.block.store(address, 4, constant(0), 'natural');
  });
}

const storeConditional: Lift = (c, f) => {
  const { block } = c;
  const address = block.let(c.get(f.rs1));
  const value = block.let(c.get(f.rs2));
  const finish = (failed: number): void => {
    block.set(RESERVATION, constant(-1));
    c.setWhen(f.rd, constant(failed));
  };
  demandAlignment(c, address);
  block.if(
    eq(block.get(RESERVATION), address),
    () => {
      const current = block.load(address, 4, false, 'natural');
      block.if(
        eq(current, block.get(RESERVED_VALUE)),
        () => {
          block.store(address, 4, value, 'natural');
          finish(0);
        },
        () => finish(1),
      );
    },
    () => finish(1),
  );
};

/** `rd = [rs1]; [rs1] = rd op rs2`. */
function memoryOperation(operation: Binary): Lift {
  return (c, f) => {
    const { block } = c;
    const address = block.let(c.get(f.rs1));
    const old = block.load(address, 4, false, 'natural');
    block.store(address, 4, operation(old, c.get(f.rs2)), 'natural');
    c.set(f.rd, old);
  };
}

function atomicRow(funct5: string, name: string, operation: Binary): Row {
  const pattern = `${funct5} .. rs2 rs1 010 rd 0101111`;
  return row('a', pattern, name, 'rd, rs2, (rs1)', memoryOperation(operation));
}

export const ATOMIC: readonly Row[] = [
  row('a', '00010 .. 00000 rs1 010 rd 0101111', 'lr.w', 'rd, (rs1)', loadReserved),
  row('a', '00011 .. rs2 rs1 010 rd 0101111', 'sc.w', 'rd, rs2, (rs1)', storeConditional),
  atomicRow('00001', 'amoswap.w', (_old, value) => value),
  atomicRow('00000', 'amoadd.w', add),
  atomicRow('00100', 'amoxor.w', xor),
  atomicRow('01100', 'amoand.w', and),
  atomicRow('01000', 'amoor.w', or),
  atomicRow('10000', 'amomin.w', (old, value) => select(ltS(old, value), old, value)),
  atomicRow('10100', 'amomax.w', (old, value) => select(gtS(old, value), old, value)),
  atomicRow('11000', 'amominu.w', (old, value) => select(ltU(old, value), old, value)),
  atomicRow('11100', 'amomaxu.w', (old, value) => select(gtU(old, value), old, value)),
];
