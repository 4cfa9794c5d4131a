// @table
/**
 * RV32C: each compressed instruction is a base instruction with fields of its own (Unprivileged
 * ISA, chapter 16). Hints are what they expand to, which writes x0 or changes nothing; reserved
 * encodings have no row, and so are illegal.
 */
import { add, and, eq, ne, or, shl, shrS, shrU, sub, xor } from '../../ir/expression.ts';
import {
  branch,
  immediateOperation,
  jump,
  jumpRegister,
  load,
  loadUpper,
  registerOperation,
  store,
} from './integer.ts';
import { RA, SP } from './register.ts';
import { type Row, row } from './row.ts';
import { breakpoint } from './system.ts';

const ADD_IMMEDIATE = immediateOperation(add);
const ADD = registerOperation(add);
const JUMP_OFFSET = 'imm[11|4|9:8|10|6|7|3:1|5]';
const BRANCH_OFFSET = "imm[8|4:3] rs1' imm[7:6|2:1|5]";

function arithmeticRow(code: string, name: string, operation: typeof sub): Row {
  const pattern = `100 0 11 rd'/rs1' ${code} rs2' 01`;
  return row('c', pattern, name, 'rd, rs2', registerOperation(operation));
}

export const COMPRESSED: readonly Row[] = [
  row('c', "000 nzuimm[5:4|9:6|2|3] rd' 00", 'c.addi4spn', 'rd, rs1, imm', ADD_IMMEDIATE, {
    rs1: SP,
  }),
  row('c', "010 uimm[5:3] rs1' uimm[2|6] rd' 00", 'c.lw', 'rd, imm(rs1)', load(4, false)),
  row('c', "110 uimm[5:3] rs1' uimm[2|6] rs2' 00", 'c.sw', 'rs2, imm(rs1)', store(4)),
  row('c', '000 imm[5] 00000 imm[4:0] 01', 'c.nop', 'imm', () => {}),
  row('c', '000 imm[5] rd/rs1≠0 imm[4:0] 01', 'c.addi', 'rd, imm', ADD_IMMEDIATE),
  row('c', `001 ${JUMP_OFFSET} 01`, 'c.jal', '.imm', jump, { rd: RA }),
  row('c', '010 imm[5] rd imm[4:0] 01', 'c.li', 'rd, imm', ADD_IMMEDIATE, { rs1: 0 }),
  row('c', '011 nzimm[9] 00010 nzimm[4|6|8:7|5] 01', 'c.addi16sp', 'rd, imm', ADD_IMMEDIATE, {
    rd: SP,
    rs1: SP,
  }),
  row('c', '011 nzimm[17] rd≠2 nzimm[16:12] 01', 'c.lui', 'rd, hi', loadUpper),
  row('c', "100 0 00 rd'/rs1' shamt[4:0] 01", 'c.srli', 'rd, imm', immediateOperation(shrU)),
  row('c', "100 0 01 rd'/rs1' shamt[4:0] 01", 'c.srai', 'rd, imm', immediateOperation(shrS)),
  row('c', "100 imm[5] 10 rd'/rs1' imm[4:0] 01", 'c.andi', 'rd, imm', immediateOperation(and)),
  arithmeticRow('00', 'c.sub', sub),
  arithmeticRow('01', 'c.xor', xor),
  arithmeticRow('10', 'c.or', or),
  arithmeticRow('11', 'c.and', and),
  row('c', `101 ${JUMP_OFFSET} 01`, 'c.j', '.imm', jump, { rd: 0 }),
  row('c', `110 ${BRANCH_OFFSET} 01`, 'c.beqz', 'rs1, .imm', branch(eq)),
  row('c', `111 ${BRANCH_OFFSET} 01`, 'c.bnez', 'rs1, .imm', branch(ne)),
  row('c', '000 0 rd/rs1 shamt[4:0] 10', 'c.slli', 'rd, imm', immediateOperation(shl)),
  row('c', '010 uimm[5] rd≠0 uimm[4:2|7:6] 10', 'c.lwsp', 'rd, imm(rs1)', load(4, false), {
    rs1: SP,
  }),
  row('c', '100 0 rs1≠0 00000 10', 'c.jr', 'rs1', jumpRegister, { rd: 0 }),
  row('c', '100 0 rd rs2≠0 10', 'c.mv', 'rd, rs2', ADD, { rs1: 0 }),
  row('c', '100 1 00000 00000 10', 'c.ebreak', '', breakpoint),
  row('c', '100 1 rs1≠0 00000 10', 'c.jalr', 'rs1', jumpRegister, { rd: RA }),
  row('c', '100 1 rd/rs1 rs2≠0 10', 'c.add', 'rd, rs2', ADD),
  row('c', '110 uimm[5:2|7:6] rs2 10', 'c.swsp', 'rs2, imm(rs1)', store(4), { rs1: SP }),
];
