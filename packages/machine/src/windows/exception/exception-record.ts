/** Exceptions of Windows as data, and their records in guest memory. */
import type { Fault } from '@bareheap/mmu';
import { exceptionOfFault } from '@bareheap/platform-win';
import type { ProcessMemory } from '../process/process-memory.ts';

export const STATUS_GUARD_PAGE_VIOLATION = 0x8000_0001;
export const STATUS_BREAKPOINT = 0x8000_0003;
export const STATUS_SINGLE_STEP = 0x8000_0004;
export const STATUS_ACCESS_VIOLATION = 0xc000_0005;
export const STATUS_IN_PAGE_ERROR = 0xc000_0006;
export const STATUS_NO_MEMORY = 0xc000_0017;
export const STATUS_ILLEGAL_INSTRUCTION = 0xc000_001d;
export const STATUS_NONCONTINUABLE_EXCEPTION = 0xc000_0025;
export const STATUS_INVALID_DISPOSITION = 0xc000_0026;
export const STATUS_UNWIND = 0xc000_0027;
export const STATUS_LONGJUMP = 0x8000_0026;
export const STATUS_UNWIND_CONSOLIDATE = 0x8000_0029;
export const STATUS_FLOAT_DENORMAL_OPERAND = 0xc000_008d;
export const STATUS_FLOAT_DIVIDE_BY_ZERO = 0xc000_008e;
export const STATUS_FLOAT_INEXACT_RESULT = 0xc000_008f;
export const STATUS_FLOAT_INVALID_OPERATION = 0xc000_0090;
export const STATUS_FLOAT_OVERFLOW = 0xc000_0091;
export const STATUS_FLOAT_UNDERFLOW = 0xc000_0093;
export const STATUS_INTEGER_DIVIDE_BY_ZERO = 0xc000_0094;
export const STATUS_PRIVILEGED_INSTRUCTION = 0xc000_0096;
export const STATUS_STACK_OVERFLOW = 0xc000_00fd;
export const STATUS_STACK_BUFFER_OVERRUN = 0xc000_0409;
export const STATUS_ASSERTION_FAILURE = 0xc000_0420;

export const EXCEPTION_NONCONTINUABLE = 1;
export const EXCEPTION_UNWINDING = 2;
export const EXCEPTION_EXIT_UNWIND = 4;
export const EXCEPTION_NESTED_CALL = 0x10;
export const EXCEPTION_TARGET_UNWIND = 0x20;
export const EXCEPTION_COLLIDED_UNWIND = 0x40;

/** Bytes of EXCEPTION_RECORD on 64-bit Windows. */
export const EXCEPTION_RECORD_BYTES = 152;
export const EXCEPTION_PARAMETERS = 15;
/** Where a record has its flags, the record of what led to it, and its exception's address. */
export const RECORD_FLAGS = 4;
const RECORD_NESTED = 8;
export const RECORD_ADDRESS = 16;
/** How many words of information it has, and the first of them. */
export const RECORD_COUNT = 24;
export const RECORD_WORDS = 32;

export interface ExceptionRecord {
  readonly code: number;
  readonly flags: number;
  readonly address: number;
  readonly information: readonly number[];
  /** Address of the record of the exception that led to this one. */
  readonly nested?: number;
}

/** The exception of a fault at an instruction. */
export function faultRecord(fault: Readonly<Fault>, pc: number): ExceptionRecord {
  const { code, parameters } = exceptionOfFault(fault);
  return { code, flags: 0, address: pc, information: parameters };
}

export function writeExceptionRecord(
  memory: ProcessMemory,
  at: number,
  record: ExceptionRecord,
): void {
  memory.setU32(at, record.code);
  memory.setU32(at + RECORD_FLAGS, record.flags);
  memory.setU64(at + RECORD_NESTED, record.nested ?? 0);
  memory.setU64(at + RECORD_ADDRESS, record.address);
  memory.setU32(at + RECORD_COUNT, record.information.length);
  record.information.forEach((value, number) => {
    memory.setU64(at + RECORD_WORDS + number * 8, value);
  });
}

export function readExceptionRecord(memory: ProcessMemory, at: number): ExceptionRecord {
  const count = Math.min(memory.u32(at + RECORD_COUNT), EXCEPTION_PARAMETERS);
  const nested = memory.u64(at + RECORD_NESTED);
  return {
    code: memory.u32(at),
    flags: memory.u32(at + RECORD_FLAGS),
    address: memory.u64(at + RECORD_ADDRESS),
    information: Array.from({ length: count }, (_, number) =>
      memory.u64(at + RECORD_WORDS + number * 8),
    ),
    ...(nested === 0 ? {} : { nested }),
  };
}
