// @table
/**
 * Zicsr, Zifencei and the machine-mode instructions (Unprivileged ISA chapters 2.8, 3 and 6;
 * Privileged ISA chapter 3.3). CSRs are the machine's, by their numbers, but for the fields of
 * fcsr, which are engine registers. There is no supervisor mode: SRET and SFENCE.VMA are illegal.
 */
import { and, constant, type Expression, not, or } from '../../ir/expression.ts';
import { isFloatControl, readFloatControl, writeFloatControl } from './float-control.ts';
import type { Lifting } from './lifting.ts';
import type { Fields } from './pattern.ts';
import { type Lift, type Row, row } from './row.ts';

type Binary = (old: Expression, source: Expression) => Expression;

/** CSRs whose top two address bits are ones are read-only (Privileged ISA 2.1). */
function isReadOnly(csr: number): boolean {
  return csr >>> 10 === 3;
}

/**
 * CSRs that hold a value and change nothing else (fcsr and its halves, sscratch, mscratch):
 * interrupts need no look after a write.
 */
const PLAIN_CSRS: ReadonlySet<number> = new Set([1, 2, 3, 0x140, 0x340]);

function readControl(c: Lifting, csr: number): Expression {
  return isFloatControl(c, csr) ? readFloatControl(c, csr) : c.block.readSystem(csr);
}

function writeControl(c: Lifting, csr: number, value: Expression): void {
  if (isFloatControl(c, csr)) writeFloatControl(c, csr, value);
  else c.block.writeSystem(csr, value);
}

/** The source operand: a register, or the five bits in its place. */
type Source = (c: Lifting, f: Fields) => { value: Expression; isZero: boolean };

const fromRegister: Source = (c, f) => ({
  value: c.block.let(c.get(f.rs1)),
  isZero: f.rs1 === 0,
});
const fromImmediate: Source = (_c, f) => ({ value: constant(f.imm), isZero: f.imm === 0 });

/** CSRRW and CSRRWI: no read when rd is x0. */
function exchange(source: Source): Lift {
  return (c, f) => {
    if (isReadOnly(f.csr)) return c.illegal();
    const { value } = source(c, f);
    const old = f.rd === 0 ? null : readControl(c, f.csr);
    writeControl(c, f.csr, value);
    if (old !== null) c.set(f.rd, old);
    if (!PLAIN_CSRS.has(f.csr)) c.block.resync();
  };
}

/** CSRRS, CSRRC and their twins: no write when the source is x0 or 0. */
function modify(source: Source, combine: Binary): Lift {
  return (c, f) => {
    const { value, isZero } = source(c, f);
    if (!isZero && isReadOnly(f.csr)) return c.illegal();
    const old = readControl(c, f.csr);
    if (!isZero) writeControl(c, f.csr, combine(old, value));
    c.set(f.rd, old);
    if (!isZero && !PLAIN_CSRS.has(f.csr)) c.block.resync();
  };
}

const clear: Binary = (old, source) => and(old, not(source));

export const breakpoint: Lift = (c) => {
  c.block.trap('breakpoint-instruction', constant(c.block.nextPc - c.pc), false);
  c.block.unreachable();
};

/** An instruction that does nothing but hand over to the machine. */
function leave(trap: Parameters<Lifting['block']['trap']>[0], retired: boolean): Lift {
  return (c) => {
    c.block.trap(trap, constant(0), retired);
    c.block.unreachable();
  };
}

const SYSTEM_OPCODE = '1110011';

function controlRow(funct3: string, name: string, lift: Lift): Row {
  return row('i', `csr rs1 ${funct3} rd ${SYSTEM_OPCODE}`, name, 'rd, csr, rs1', lift);
}

function controlImmediateRow(funct3: string, name: string, lift: Lift): Row {
  return row('i', `csr uimm[4:0] ${funct3} rd ${SYSTEM_OPCODE}`, name, 'rd, csr, imm', lift);
}

function plainRow(funct12: string, name: string, lift: Lift): Row {
  return row('i', `${funct12} 00000 000 00000 ${SYSTEM_OPCODE}`, name, '', lift);
}

export const SYSTEM: readonly Row[] = [
  plainRow('000000000000', 'ecall', leave('supervisor-call', false)),
  plainRow('000000000001', 'ebreak', breakpoint),
  plainRow('001100000010', 'mret', leave('trap-return', false)),
  plainRow('000100000101', 'wfi', leave('wait', true)),
  row(
    'i',
    '............ ..... 001 ..... 0001111',
    'fence.i',
    '',
    leave('instruction-barrier', true),
  ),
  controlRow('001', 'csrrw', exchange(fromRegister)),
  controlRow('010', 'csrrs', modify(fromRegister, or)),
  controlRow('011', 'csrrc', modify(fromRegister, clear)),
  controlImmediateRow('101', 'csrrwi', exchange(fromImmediate)),
  controlImmediateRow('110', 'csrrsi', modify(fromImmediate, or)),
  controlImmediateRow('111', 'csrrci', modify(fromImmediate, clear)),
];
