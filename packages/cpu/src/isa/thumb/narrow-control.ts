// @table
/** The 16-bit branches, hints and exceptions (Armv7-M ARM A5.2.3, A5.2.5, A5.2.6). */
import { constant, eqz } from '../../ir/expression.ts';
import { branchBy, jumpBy, signExtend } from './branch.ts';
import type { Lifting } from './lifting.ts';
import { LR } from './register.ts';
import { type Lift, type Row, row } from './row.ts';
import { changeMasks } from './system.ts';

function compareAndBranch(whenZero: boolean): Lift {
  return (c, f) => {
    if (c.inIt) {
      c.undefined(c.bits);
      return;
    }
    const n = c.get(f.n!);
    c.block.branch(whenZero ? eqz(n) : n, (c.pc + f.i! * 2) >>> 0);
  };
}

/** WFI and WFE; `value` tells the machine which (0: an interrupt, 1: an event). */
function wait(value: number): Lift {
  return (c) => {
    c.block.trap('wait', constant(value), true);
    c.block.unreachable();
  };
}

function nothing(): void {}

function openIt(c: Lifting, condition: number, mask: number): void {
  c.block.context = (condition << 4) | mask;
  c.openIt(condition);
}

export const NARROW_CONTROL: readonly Row[] = [
  row('v6m', '010001110 mmmm 000', 'bx', 'Rm', (c, f) =>
    c.interworkingBranch(c.get(f.m!), f.m === LR),
  ),
  row('v6m', '010001111 mmmm 000', 'blx', 'Rm', (c, f) => {
    const target = c.block.let(c.get(f.m!));
    c.set(LR, constant(c.block.nextPc | 1));
    c.interworkingCall(target, c.block.nextPc);
  }),
  row('v7m', '1011 00 i 1 iiiii nnn', 'cbz', 'Rn, .i6', compareAndBranch(true)),
  row('v7m', '1011 10 i 1 iiiii nnn', 'cbnz', 'Rn, .i6', compareAndBranch(false)),
  row('v6m', '10110110 011 x 0 0 i f', 'cps{ie}', '{if}', (c, f) =>
    changeMasks(c, f.x!, f.i!, f.f!),
  ),
  row(
    'v6m',
    '10111110 iiiiiiii',
    'bkpt',
    '#i',
    (c, f) => {
      c.block.trap('breakpoint-instruction', constant(f.i!), false);
      c.block.unreachable();
    },
    { unconditional: true },
  ),
  row('v7m', '10111111 cccc kkkk', 'it{t}', '{c}', (c, f) => {
    if (c.inIt) c.undefined(c.bits);
    else openIt(c, f.c!, f.k!);
  }),
  row('v6m', '10111111 xxxx 0000', 'nop', '#x', nothing),
  row('v6m', '10111111 0000 0000', 'nop', '', nothing),
  row('v6m', '10111111 0001 0000', 'yield', '', nothing),
  row('v6m', '10111111 0010 0000', 'wfe', '', wait(1)),
  row('v6m', '10111111 0011 0000', 'wfi', '', wait(0)),
  row('v6m', '10111111 0100 0000', 'sev', '', nothing),
  row(
    'v6m',
    '1101 cccc iiiiiiii',
    'b{c}',
    '.i8',
    branchBy((f) => signExtend(f.i!, 8) * 2),
  ),
  row('v6m', '11011110 iiiiiiii', 'udf', '#i', (c) => c.undefined(c.bits)),
  row('v6m', '11011111 iiiiiiii', 'svc', '#i', (c, f) => {
    c.block.trap('supervisor-call', constant(f.i!), true);
    c.block.unreachable();
  }),
  row(
    'v6m',
    '11100 iiiiiiiiiii',
    'b',
    '.i11',
    jumpBy((f) => signExtend(f.i!, 11) * 2),
  ),
];
