/** Jumps, calls, loops, system calls and traps (SDM volume 2). */
import {
  add64,
  and,
  constant,
  constant64,
  type Expression,
  eqz,
  eqz64,
  ne64,
  operate,
  shl64,
  widenU,
} from '../../ir/expression.ts';
import { CONDITIONS } from './flag-effect.ts';
import { ZF } from './flags.ts';
import { flagsWord } from './lift-move.ts';
import type { Lift, LiftTable } from './lift-table.ts';
import { type Lifting, zeroExtended } from './lifting.ts';
import { RAX, RBX, RCX, RDX, RSP } from './register.ts';
import { ROUTINE } from './routine.ts';
import { FS_BASE, GS_BASE } from './state.ts';

const R11 = 11;

/** Target of a relative jump; 64-bit addresses wrap. */
function relativeTarget(c: Lifting): number {
  return c.block.nextPc + c.operand(0).low;
}

/**
 * Raises #GP where a target is no address: bits 63 to 47 are not all the same. What else the
 * instruction does comes after.
 */
function requireCanonical(c: Lifting, target: Expression, before?: () => void): void {
  const extended = operate('shrS64', shl64(target, constant64(16n)), constant64(16n));
  c.block.if(ne64(extended, target), () => {
    before?.();
    c.block.trap('general-protection', constant(0), false);
  });
}

/** The target in the operand; `before` is what can fault ahead of a bad one. */
function indirectTarget(c: Lifting, before?: () => void): Expression {
  const target = c.block.let(c.zero(0));
  requireCanonical(c, target, before);
  return target;
}

/** Faults as a push would, and changes nothing. */
function provePush(c: Lifting): void {
  const slot = c.block.let(add64(c.get(RSP), constant64(-8n)));
  c.proveStore(slot, 8);
}

function jump(c: Lifting): void {
  if (c.operand(0).kind === 'relative') c.block.jump(relativeTarget(c));
  else c.block.indirect(indirectTarget(c), false);
}

const jumpOnCondition =
  (condition: number): Lift =>
  (c) =>
    c.block.branch(c.block.let(c.flags.condition(condition)), relativeTarget(c));

function call(c: Lifting): void {
  const { block } = c;
  const isDirect = c.operand(0).kind === 'relative';
  const target = isDirect ? relativeTarget(c) : indirectTarget(c, () => provePush(c));
  c.push(constant64(BigInt(block.nextPc)), 8);
  block.call(target, block.nextPc);
}

function returnNear(c: Lifting): void {
  const { block } = c;
  const target = block.let(c.top(8));
  requireCanonical(c, target);
  const extra = c.instruction.operandCount === 0 ? 0 : c.operand(0).low & 0xffff;
  c.dropStack(8 + extra);
  block.indirect(target, true);
}

/** LOOP, LOOPE and LOOPNE count RCX, or ECX with the prefix 67. */
const loop =
  (zeroFlag: boolean | null): Lift =>
  (c) => {
    const { block } = c;
    const size = c.instruction.addressSize;
    const left = block.let(zeroExtended(add64(c.get(RCX), constant64(-1n)), size));
    block.set(RCX, left);
    const isMore = ne64(left, constant64(0n));
    const zero = zeroFlag === null ? null : c.flags.flag(ZF);
    const goes = zero === null ? isMore : and(isMore, zeroFlag ? zero : eqz(zero));
    block.branch(block.let(goes), relativeTarget(c));
  };

const jumpIfCountIsZero: Lift = (c) => {
  const count = zeroExtended(c.get(RCX), c.instruction.addressSize);
  c.block.branch(c.block.let(eqz64(count)), relativeTarget(c));
};

/** SYSCALL leaves where it comes from in RCX and RFLAGS in R11. */
function systemCall(c: Lifting): void {
  const { block } = c;
  const flags = block.let(widenU(flagsWord(c)));
  block.set(RCX, constant64(BigInt(block.nextPc)));
  block.set(R11, flags);
  block.trap('supervisor-call', constant(0), true);
  block.unreachable();
}

/** INT3, INT n: the machine delivers them; the pc is behind the instruction. */
const breakpoint: Lift = (c) => {
  const number = c.instruction.operandCount === 0 ? 3 : c.operand(0).low & 0xff;
  c.block.trap('breakpoint-instruction', constant(number), true);
  c.block.unreachable();
};

function cpuid(c: Lifting): void {
  const { block } = c;
  const operands = [zeroExtended(c.get(RAX), 4), zeroExtended(c.get(RCX), 4)];
  const types = ['i64', 'i64', 'i64', 'i64'] as const;
  const answers = block.routine(ROUTINE.cpuid, operands, types);
  [RAX, RBX, RCX, RDX].forEach((register, index) => {
    block.set(register, answers[index]!);
  });
}

/** System registers of the port: the counter's two halves. */
export const SYSTEM_TIME_LOW = 0;
export const SYSTEM_TIME_HIGH = 1;

function timeStamp(c: Lifting): void {
  const { block } = c;
  const low = block.readSystem(SYSTEM_TIME_LOW);
  const high = block.readSystem(SYSTEM_TIME_HIGH);
  block.set(RAX, widenU(low));
  block.set(RDX, widenU(high));
}

/** IA32_TSC_AUX: the number of the processor, of which there is one. */
const PROCESSOR_NUMBER = constant64(0n);

const timeStampAndProcessor: Lift = (c) => {
  timeStamp(c);
  c.block.set(RCX, PROCESSOR_NUMBER);
};

const readBase =
  (register: number): Lift =>
  (c) =>
    c.write(0, c.get(register));

const writeBase =
  (register: number): Lift =>
  (c) =>
    c.block.set(register, c.zero(0));

/** Hints and fences: one thread runs at a time, and each sees memory as it is. */
const nothing: Lift = () => undefined;

/** Cache lines are written back at once, but must be there. */
const flushLine: Lift = (c) => {
  c.block.let(c.load(c.address(), 1));
};

const NOTHING = `nop pause endbr64 endbr32 lfence mfence sfence prefetch
  prefetchw prefetchwt1 prefetchnta prefetcht0 prefetcht1 prefetcht2 rdsspd rdsspq`;

const CONDITIONAL: LiftTable = Object.fromEntries(
  CONDITIONS.map(([suffix], number) => [`j${suffix}`, jumpOnCondition(number)]),
);

export const CONTROL_LIFTS: LiftTable = {
  ...CONDITIONAL,
  ...Object.fromEntries(NOTHING.split(/\s+/).map((mnemonic) => [mnemonic, nothing])),
  jmp: jump,
  call,
  ret: returnNear,
  loop: loop(null),
  loope: loop(true),
  loopne: loop(false),
  jrcxz: jumpIfCountIsZero,
  jecxz: jumpIfCountIsZero,
  clflush: flushLine,
  clflushopt: flushLine,
  clwb: flushLine,
  syscall: systemCall,
  int3: breakpoint,
  int: breakpoint,
  cpuid,
  rdtsc: timeStamp,
  rdtscp: timeStampAndProcessor,
  rdpid: (c) => c.write(0, PROCESSOR_NUMBER),
  rdfsbase: readBase(FS_BASE),
  rdgsbase: readBase(GS_BASE),
  wrfsbase: writeBase(FS_BASE),
  wrgsbase: writeBase(GS_BASE),
};
