// @table
/** Compressed loads and stores of F and D; on RV32 both formats have them. */

import { loadFloat, storeFloat } from './float.ts';
import { DOUBLE, SINGLE } from './float-format.ts';
import { SP } from './register.ts';
import { type Row, row } from './row.ts';

const BASED = 'fd, imm(rs1)';
const STORED = 'fs2, imm(rs1)';
const ON_STACK = { rs1: SP };

export const COMPRESSED_FLOAT: readonly Row[] = [
  row('f', "011 uimm[5:3] rs1' uimm[2|6] rd' 00", 'c.flw', BASED, loadFloat(SINGLE)),
  row('f', "111 uimm[5:3] rs1' uimm[2|6] rs2' 00", 'c.fsw', STORED, storeFloat(SINGLE)),
  row('f', '011 uimm[5] rd uimm[4:2|7:6] 10', 'c.flwsp', BASED, loadFloat(SINGLE), ON_STACK),
  row('f', '111 uimm[5:2|7:6] rs2 10', 'c.fswsp', STORED, storeFloat(SINGLE), ON_STACK),
  row('d', "001 uimm[5:3] rs1' uimm[7:6] rd' 00", 'c.fld', BASED, loadFloat(DOUBLE)),
  row('d', "101 uimm[5:3] rs1' uimm[7:6] rs2' 00", 'c.fsd', STORED, storeFloat(DOUBLE)),
  row('d', '001 uimm[5] rd uimm[4:3|8:6] 10', 'c.fldsp', BASED, loadFloat(DOUBLE), ON_STACK),
  row('d', '101 uimm[5:3|8:6] rs2 10', 'c.fsdsp', STORED, storeFloat(DOUBLE), ON_STACK),
];
