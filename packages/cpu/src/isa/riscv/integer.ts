// @table
/** RV32I: the base integer instructions (Unprivileged ISA, chapter 2). */
import {
  add,
  and,
  constant,
  type Expression,
  eq,
  geS,
  geU,
  isConstant,
  ltS,
  ltU,
  ne,
  or,
  shl,
  shrS,
  shrU,
  sub,
  xor,
} from '../../ir/expression.ts';
import type { AccessSize } from '../../ir/statement.ts';
import { isLinkRegister } from './lifting.ts';
import { type Lift, type Row, row } from './row.ts';

type Binary = (a: Expression, b: Expression) => Expression;

/** `rd = rs1 op rs2`. */
export function registerOperation(operation: Binary): Lift {
  return (c, f) => c.set(f.rd, operation(c.get(f.rs1), c.get(f.rs2)));
}

/** `rd = rs1 op imm`. */
export function immediateOperation(operation: Binary): Lift {
  return (c, f) => c.set(f.rd, operation(c.get(f.rs1), constant(f.imm)));
}

export const loadUpper: Lift = (c, f) => c.set(f.rd, constant(f.imm));

/** Loads at any address, as the virt board's cores do; into x0 it can still fault. */
export function load(size: AccessSize, signed: boolean): Lift {
  return (c, f) => {
    const address = add(c.get(f.rs1), constant(f.imm));
    c.set(f.rd, c.block.load(address, size, signed, 'any'));
  };
}

export function store(size: AccessSize): Lift {
  return (c, f) => {
    c.block.store(add(c.get(f.rs1), constant(f.imm)), size, c.get(f.rs2), 'any');
  };
}

export const jump: Lift = (c, f) => {
  c.set(f.rd, constant(c.block.nextPc));
  c.jumpTo(constant(c.pc + f.imm), isLinkRegister(f.rd), false);
};

export const jumpRegister: Lift = (c, f) => {
  const sum = and(add(c.get(f.rs1), constant(f.imm)), constant(-2));
  const target = c.block.let(sum);
  c.set(f.rd, constant(c.block.nextPc));
  c.jumpTo(target, isLinkRegister(f.rd), isLinkRegister(f.rs1));
};

/** `if (rs1 op rs2) pc += imm`. */
export function branch(condition: Binary): Lift {
  return (c, f) => {
    const taken = condition(c.get(f.rs1), c.get(f.rs2));
    const target = (c.pc + f.imm) >>> 0;
    if (!isConstant(taken)) c.block.branch(taken, target);
    else if (taken.value !== 0) c.block.jump(target);
  };
}

/** One hart with memory in order: nothing to do, hints included (chapter 2.7). */
const fence: Lift = () => {};

const OP = '0110011';
const OP_IMM = '0010011';
const BRANCH = '1100011';
const OFFSET_HIGH = 'imm[12|10:5] rs2 rs1';
const OFFSET_LOW = 'imm[4:1|11]';

function operationRow(funct7: string, funct3: string, name: string, operation: Binary): Row {
  const pattern = `${funct7} rs2 rs1 ${funct3} rd ${OP}`;
  return row('i', pattern, name, 'rd, rs1, rs2', registerOperation(operation));
}

function immediateRow(funct3: string, name: string, operation: Binary): Row {
  const pattern = `imm[11:0] rs1 ${funct3} rd ${OP_IMM}`;
  return row('i', pattern, name, 'rd, rs1, imm', immediateOperation(operation));
}

function shiftRow(funct7: string, funct3: string, name: string, operation: Binary): Row {
  const pattern = `${funct7} shamt[4:0] rs1 ${funct3} rd ${OP_IMM}`;
  return row('i', pattern, name, 'rd, rs1, imm', immediateOperation(operation));
}

function branchRow(funct3: string, name: string, condition: Binary): Row {
  const pattern = `${OFFSET_HIGH} ${funct3} ${OFFSET_LOW} ${BRANCH}`;
  return row('i', pattern, name, 'rs1, rs2, .imm', branch(condition));
}

function loadRow(funct3: string, name: string, size: AccessSize, signed: boolean): Row {
  return row('i', `imm[11:0] rs1 ${funct3} rd 0000011`, name, 'rd, imm(rs1)', load(size, signed));
}

function storeRow(funct3: string, name: string, size: AccessSize): Row {
  const pattern = `imm[11:5] rs2 rs1 ${funct3} imm[4:0] 0100011`;
  return row('i', pattern, name, 'rs2, imm(rs1)', store(size));
}

export const INTEGER: readonly Row[] = [
  row('i', 'imm[31:12] rd 0110111', 'lui', 'rd, hi', loadUpper),
  row('i', 'imm[31:12] rd 0010111', 'auipc', 'rd, hi', (c, f) =>
    c.set(f.rd, constant(c.pc + f.imm)),
  ),
  row('i', 'imm[20|10:1|11|19:12] rd 1101111', 'jal', 'rd, .imm', jump),
  row('i', 'imm[11:0] rs1 000 rd 1100111', 'jalr', 'rd, imm(rs1)', jumpRegister),
  branchRow('000', 'beq', eq),
  branchRow('001', 'bne', ne),
  branchRow('100', 'blt', ltS),
  branchRow('101', 'bge', geS),
  branchRow('110', 'bltu', ltU),
  branchRow('111', 'bgeu', geU),
  loadRow('000', 'lb', 1, true),
  loadRow('001', 'lh', 2, true),
  loadRow('010', 'lw', 4, false),
  loadRow('100', 'lbu', 1, false),
  loadRow('101', 'lhu', 2, false),
  storeRow('000', 'sb', 1),
  storeRow('001', 'sh', 2),
  storeRow('010', 'sw', 4),
  immediateRow('000', 'addi', add),
  immediateRow('010', 'slti', ltS),
  immediateRow('011', 'sltiu', ltU),
  immediateRow('100', 'xori', xor),
  immediateRow('110', 'ori', or),
  immediateRow('111', 'andi', and),
  shiftRow('0000000', '001', 'slli', shl),
  shiftRow('0000000', '101', 'srli', shrU),
  shiftRow('0100000', '101', 'srai', shrS),
  operationRow('0000000', '000', 'add', add),
  operationRow('0100000', '000', 'sub', sub),
  operationRow('0000000', '001', 'sll', shl),
  operationRow('0000000', '010', 'slt', ltS),
  operationRow('0000000', '011', 'sltu', ltU),
  operationRow('0000000', '100', 'xor', xor),
  operationRow('0000000', '101', 'srl', shrU),
  operationRow('0100000', '101', 'sra', shrS),
  operationRow('0000000', '110', 'or', or),
  operationRow('0000000', '111', 'and', and),
  row('i', '............ ..... 000 ..... 0001111', 'fence', '', fence),
];
