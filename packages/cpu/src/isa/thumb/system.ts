/**
 * The special registers: MRS, MSR and CPS. APSR is made of the engine's flag registers, all others
 * go through the system port under their SYSm number. The stack pointer in use is r13; the port
 * stores the other one, and answers {@link SYSTEM_STACK} with which is which.
 */
import {
  and,
  constant,
  type Expression,
  eq,
  eqz,
  ne,
  not,
  or,
  shl,
  shrU,
} from '../../ir/expression.ts';
import type { Lifting } from './lifting.ts';
import { CF, FPCA, GE, NF, QF, SP, VF, ZF } from './register.ts';

/**
 * Not an architectural number: reads as the SYSm (8 or 9) of the stack pointer that r13 is now,
 * plus 0x100 while execution is unprivileged.
 */
export const SYSTEM_STACK = 0x100;
export const SYSTEM_IPSR = 5;
export const SYSTEM_MSP = 8;
export const SYSTEM_PSP = 9;
export const SYSTEM_PRIMASK = 16;
export const SYSTEM_FAULTMASK = 19;
export const SYSTEM_CONTROL = 20;

/** The flags as the high bits of the APSR. */
export function readApsr(c: Lifting): Expression {
  const { block } = c;
  const at = (e: Expression, bit: number): Expression => shl(e, constant(bit));
  const flags = [
    and(block.get(NF), constant(0x80000000)),
    at(eqz(block.get(ZF)), 30),
    at(block.get(CF), 29),
    and(shrU(block.get(VF), constant(3)), constant(1 << 28)),
    at(block.get(QF), 27),
  ];
  if (c.options.version === 'v7em') flags.push(at(block.get(GE), 16));
  return flags.reduce(or);
}

/** MSR APSR: bit 1 of `mask` takes the flags, bit 0 the GE bits. */
export function writeApsr(c: Lifting, mask: number, value: Expression): void {
  const { block } = c;
  const bit = (n: number): Expression => and(shrU(value, constant(n)), constant(1));
  if (mask & 2) {
    block.set(NF, value);
    block.set(ZF, and(not(value), constant(1 << 30)));
    block.set(CF, bit(29));
    block.set(VF, shl(value, constant(3)));
    block.set(QF, bit(27));
    c.flagsWritten();
  }
  if (mask & 1 && c.options.version === 'v7em') {
    block.set(GE, and(shrU(value, constant(16)), constant(15)));
  }
}

/** MRS. SYSm 0…7 are parts of the xPSR, of which EPSR reads as zero. */
export function moveFromSpecial(c: Lifting, d: number, id: number): void {
  const { block } = c;
  if (id < 8) {
    const parts: Expression[] = [];
    if ((id & 4) === 0) parts.push(readApsr(c));
    if (id & 1) parts.push(and(block.readSystem(SYSTEM_IPSR), constant(0x1ff)));
    c.set(d, parts.length === 0 ? constant(0) : parts.reduce(or));
  } else if (id === SYSTEM_MSP || id === SYSTEM_PSP) {
    const stack = block.readSystem(SYSTEM_STACK);
    const value = block.let(block.get(SP));
    block.if(
      ne(stack, constant(id)),
      () => c.set(d, block.readSystem(id)),
      () => c.set(d, value),
    );
  } else if (id === SYSTEM_CONTROL && c.options.fpu) {
    c.set(d, or(block.readSystem(id), shl(block.get(FPCA), constant(2))));
  } else {
    c.set(d, block.readSystem(id));
  }
}

/** MSR. What only privileged code may write is the port's to ignore. */
export function moveToSpecial(c: Lifting, id: number, mask: number, n: number): void {
  const { block } = c;
  const value = c.get(n);
  if (id < 8) {
    if ((id & 4) === 0) writeApsr(c, mask, value);
  } else if (id === SYSTEM_MSP || id === SYSTEM_PSP) {
    const aligned = block.let(and(value, constant(-4)));
    const stack = block.readSystem(SYSTEM_STACK);
    block.if(
      eq(stack, constant(id)),
      () => c.setAlignedSp(aligned),
      () => block.writeSystem(id, aligned),
    );
  } else if (id === SYSTEM_CONTROL) {
    writeControl(c, value);
    block.resync();
  } else {
    block.writeSystem(id, value);
    block.resync();
  }
}

/** Writing CONTROL may exchange the stack pointers. */
function writeControl(c: Lifting, value: Expression): void {
  const { block } = c;
  const which = (): Expression => and(block.readSystem(SYSTEM_STACK), constant(0xff));
  const before = block.let(which());
  block.writeSystem(SYSTEM_CONTROL, value);
  if (c.options.fpu) block.set(FPCA, and(shrU(value, constant(2)), constant(1)));
  const after = block.let(which());
  const exchange = (from: number, to: number): void => {
    block.writeSystem(from, block.get(SP));
    c.setAlignedSp(block.readSystem(to));
  };
  block.if(ne(before, after), () =>
    block.if(
      eq(before, constant(SYSTEM_MSP)),
      () => exchange(SYSTEM_MSP, SYSTEM_PSP),
      () => exchange(SYSTEM_PSP, SYSTEM_MSP),
    ),
  );
}

/** CPSID (`disable`) and CPSIE of PRIMASK (`i`) and FAULTMASK (`f`). */
export function changeMasks(c: Lifting, disable: number, i: number, f: number): void {
  if (i) c.block.writeSystem(SYSTEM_PRIMASK, constant(disable));
  if (f && c.options.version !== 'v6m') c.block.writeSystem(SYSTEM_FAULTMASK, constant(disable));
  if (!disable) c.block.resync();
}
