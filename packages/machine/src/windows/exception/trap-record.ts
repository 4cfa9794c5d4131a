/**
 * The exception of what the processor raises without an access: instructions that are none or none
 * of a program's, divisions, floating point, INT n.
 *
 * @see Microsoft, winnt.h; the interrupts as ntdll's kernel side has them
 */
import type { StopReason } from '@bareheap/cpu';
import { RAX, RCX } from '../process/registers.ts';
import type { WindowsProcess } from '../process/windows-process.ts';
import {
  type ExceptionRecord,
  STATUS_ACCESS_VIOLATION,
  STATUS_ASSERTION_FAILURE,
  STATUS_BREAKPOINT,
  STATUS_FLOAT_DENORMAL_OPERAND,
  STATUS_FLOAT_DIVIDE_BY_ZERO,
  STATUS_FLOAT_INEXACT_RESULT,
  STATUS_FLOAT_INVALID_OPERATION,
  STATUS_FLOAT_OVERFLOW,
  STATUS_FLOAT_UNDERFLOW,
  STATUS_ILLEGAL_INSTRUCTION,
  STATUS_INTEGER_DIVIDE_BY_ZERO,
  STATUS_PRIVILEGED_INSTRUCTION,
  STATUS_STACK_BUFFER_OVERRUN,
} from './exception-record.ts';

type Trap = Extract<StopReason, { kind: 'trap' }>;

/** Flags of exceptions in MXCSR and the x87's status word, in the order in which they are told. */
const FLOAT_CODES: readonly (readonly [flag: number, code: number])[] = [
  [0x01, STATUS_FLOAT_INVALID_OPERATION],
  [0x04, STATUS_FLOAT_DIVIDE_BY_ZERO],
  [0x02, STATUS_FLOAT_DENORMAL_OPERAND],
  [0x08, STATUS_FLOAT_OVERFLOW],
  [0x10, STATUS_FLOAT_UNDERFLOW],
  [0x20, STATUS_FLOAT_INEXACT_RESULT],
];
const FLOAT_FLAGS = 0x3f;
const MXCSR_MASK_SHIFT = 7;
/** Vectors of INT n that are for programs. */
const BREAKPOINT = 3;
const FAST_FAIL = 0x29;
const ASSERTION = 0x2c;
const DEBUG_SERVICE = 0x2d;
/** Services that print or tell of symbols: without a debugger nothing happens. */
const QUIET_SERVICES: ReadonlySet<number> = new Set([1, 3, 4, 5]);
/** What an access violation tells that has no address. */
const NOWHERE = [0, -1];

/** Bytes before an opcode: operand and address size, segments, repetitions, REX. */
const PREFIXES: ReadonlySet<number> = new Set([
  0x26,
  0x2e,
  0x36,
  0x3e,
  0x64,
  0x65,
  0x66,
  0x67,
  0xf2,
  0xf3,
  ...Array.from({ length: 16 }, (_, n) => 0x40 + n),
]);
/** Opcodes that only the system may run: ports, HLT, CLI, STI; behind 0F the system's registers. */
const PRIVILEGED: ReadonlySet<number> = new Set([
  0x6c, 0x6d, 0x6e, 0x6f, 0xe4, 0xe5, 0xe6, 0xe7, 0xec, 0xed, 0xee, 0xef, 0xf4, 0xfa, 0xfb,
]);
const PRIVILEGED_LONG: ReadonlySet<number> = new Set([
  0x00, 0x01, 0x06, 0x08, 0x09, 0x20, 0x21, 0x22, 0x23, 0x30, 0x32,
]);
const LONGEST = 15;

function isPrivileged(process: WindowsProcess, pc: number): boolean {
  const code = process.memory.read(pc, LONGEST);
  process.memory.mmu.faulted = false;
  const at = code.findIndex((byte) => !PREFIXES.has(byte));
  if (at < 0) return false;
  return code[at] === 0x0f ? PRIVILEGED_LONG.has(code[at + 1]!) : PRIVILEGED.has(code[at]!);
}

function floatCode(raised: number): number {
  return FLOAT_CODES.find(([flag]) => (raised & flag) !== 0)?.[1] ?? STATUS_FLOAT_INVALID_OPERATION;
}

type Maker = (process: WindowsProcess, pc: number) => Omit<ExceptionRecord, 'flags' | 'address'>;

const MAKERS: Readonly<Partial<Record<string, Maker>>> = {
  'undefined-instruction': () => ({ code: STATUS_ILLEGAL_INSTRUCTION, information: [] }),
  'divide-by-zero': () => ({ code: STATUS_INTEGER_DIVIDE_BY_ZERO, information: [] }),
  'general-protection': (process, pc) =>
    isPrivileged(process, pc)
      ? { code: STATUS_PRIVILEGED_INSTRUCTION, information: [] }
      : { code: STATUS_ACCESS_VIOLATION, information: NOWHERE },
  'float-exception': ({ cpu }) => {
    const status = cpu.read(cpu.registerNumber('fpustatus'));
    const raised = status & ~cpu.read(cpu.registerNumber('fpucontrol')) & FLOAT_FLAGS;
    return { code: floatCode(raised), information: [] };
  },
  'simd-exception': ({ registers }) => {
    const mxcsr = registers.mxcsrValue;
    const raised = mxcsr & ~(mxcsr >> MXCSR_MASK_SHIFT) & FLOAT_FLAGS;
    return { code: floatCode(raised), information: [0, mxcsr] };
  },
};

/** The record of a trap at an instruction; null for one that is no exception of a program's. */
export function trapRecord(
  process: WindowsProcess,
  { trap }: Trap,
  pc: number,
): ExceptionRecord | null {
  const made = MAKERS[trap]?.(process, pc);
  return made === undefined ? null : { ...made, flags: 0, address: pc };
}

/** What INT n comes to, and where the program then stands. */
export interface Interrupt {
  readonly record: ExceptionRecord;
  readonly pc: number;
}

function interruptAt(code: number, information: readonly number[], pc: number): Interrupt {
  return { record: { code, flags: 0, address: pc, information }, pc };
}

/**
 * The exception of INT n, behind which the engine stands; null where the program just goes on, or
 * has ended.
 *
 * @param length  bytes of the instruction
 */
export function interruptRecord(
  process: WindowsProcess,
  number: number,
  length: number,
): Interrupt | null {
  const { cpu, registers } = process;
  const after = cpu.pc;
  const pc = after - length;
  switch (number) {
    case BREAKPOINT:
      // The system steps back over one byte, however long the instruction was.
      return interruptAt(STATUS_BREAKPOINT, [0], after - 1);
    case ASSERTION:
      return interruptAt(STATUS_ASSERTION_FAILURE, [], pc);
    case DEBUG_SERVICE:
      // A byte behind the instruction is the debugger's.
      if (!QUIET_SERVICES.has(registers.get(RAX))) {
        const { record } = interruptAt(STATUS_BREAKPOINT, [registers.get(RAX)], after);
        return { record, pc: after };
      }
      cpu.pc = after + 1;
      return null;
    case FAST_FAIL: {
      const information = [registers.get(RCX)];
      const code = STATUS_STACK_BUFFER_OVERRUN;
      process.end ??= { kind: 'exception', code, address: pc, information };
      return null;
    }
    default:
      return interruptAt(STATUS_ACCESS_VIOLATION, NOWHERE, pc);
  }
}
