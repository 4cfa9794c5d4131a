// @table
/** 32-bit branches, special registers, barriers and hints (Armv7-M ARM A5.3.4). */
import { constant } from '../../ir/expression.ts';
import { branchBy, conditionalOffset, jumpBy, longOffset } from './branch.ts';
import { EXCLUSIVE_ADDRESS, LR } from './register.ts';
import { type Lift, type Row, row } from './row.ts';
import { moveFromSpecial, moveToSpecial } from './system.ts';

const nothing: Lift = () => {};

/** WFI.W and WFE.W; see the 16-bit ones. */
function wait(value: number): Lift {
  return (c) => {
    c.block.trap('wait', constant(value), true);
    c.block.unreachable();
  };
}

/** An instruction for a coprocessor that is not there; bits 11…8 say which. */
const noCoprocessor: Lift = (c) => {
  c.block.trap('no-coprocessor', constant((c.bits >>> 8) & 15), false);
  c.block.unreachable();
};

export const WIDE_CONTROL: readonly Row[] = [
  row('v6m', '11110 s iiiiiiiiii 11 j 1 k iiiiiiiiiii', 'bl', '.long', (c, f) => {
    c.set(LR, constant(c.block.nextPc | 1));
    c.block.call((c.pc + longOffset(f)) >>> 0, c.block.nextPc);
  }),
  row('v7m', '11110 s iiiiiiiiii 10 j 1 k iiiiiiiiiii', 'b', '.long', jumpBy(longOffset)),
  row(
    'v7m',
    '11110 s cccc iiiiii 10 j 0 k iiiiiiiiiii',
    'b{c}',
    '.conditional',
    branchBy(conditionalOffset),
    { valid: (f) => f['c']! < 14 },
  ),
  row('v6m', '11110011 1000 nnnn 1000 gg 00 xxxxxxxx', 'msr', 'special, Rn', (c, f) =>
    moveToSpecial(c, f.x!, f.g!, f.n!),
  ),
  row('v6m', '11110011 1110 1111 1000 dddd xxxxxxxx', 'mrs', 'Rd, special', (c, f) =>
    moveFromSpecial(c, f.d!, f.x!),
  ),
  row('v7m', '11110011 1010 1111 1000 0000 xxxxxxxx', 'nop', '#x', nothing),
  row('v7m', '11110011 1010 1111 1000 0000 00000010', 'wfe', '', wait(1)),
  row('v7m', '11110011 1010 1111 1000 0000 00000011', 'wfi', '', wait(0)),
  row('v7m', '11110011 1011 1111 1000 1111 0010 1111', 'clrex', '', (c) =>
    c.block.set(EXCLUSIVE_ADDRESS, constant(-1)),
  ),
  row('v6m', '11110011 1011 1111 1000 1111 0100 xxxx', 'dsb', '#x', nothing),
  row('v6m', '11110011 1011 1111 1000 1111 0101 xxxx', 'dmb', '#x', nothing),
  row('v6m', '11110011 1011 1111 1000 1111 0110 xxxx', 'isb', '#x', (c) => {
    c.block.trap('instruction-barrier', constant(0), true);
    c.block.unreachable();
  }),
  row('v7m', '11110111 1111 xxxx 1010 xxxxxxxxxxxx', 'udf', '#x', (c) => c.undefined(c.bits)),
  row('v7m', '111.1110 .... .... .... xxxx .... ....', 'coprocessor', 'p#x', noCoprocessor),
  row('v7m', '111.110. .... .... .... xxxx .... ....', 'coprocessor', 'p#x', noCoprocessor),
];
