/**
 * The signal that a stop of the engine is to its thread: exceptions of the processor as Linux
 * tells them.
 *
 * @see arch/x86/kernel/traps.c, arch/x86/mm/fault.c, arch/x86/kernel/fpu/core.c: fpu__exception_code
 */
import {
  type Cpu,
  type StopReason,
  type TrapKind,
  usesX86StackSegment,
  X86_ROWS,
  X86Decoder,
  X86Instruction,
} from '@bareheap/cpu';
import { signalOfFault } from '@bareheap/platform-posix';
import type { Thread } from '../process/thread.ts';
import { forceSignal } from './send-signal.ts';
import { faultInfo, kernelInfo, type SignalInfo } from './signal-info.ts';
import {
  FPE_FLTDIV,
  FPE_FLTINV,
  FPE_FLTOVF,
  FPE_FLTRES,
  FPE_FLTUND,
  FPE_INTDIV,
  ILL_ILLOPN,
  SI_KERNEL,
  SIGBUS,
  SIGFPE,
  SIGILL,
  SIGSEGV,
  SIGTRAP,
} from './signal-numbers.ts';

export type GuestStop = Extract<StopReason, { kind: 'fault' | 'trap' }>;
type Trap = Extract<StopReason, { kind: 'trap' }>;

/** Numbers of exceptions: #DE, #BP, #OF, #UD, #SS, #GP, #PF, #MF, #XM. */
const [DE, BP, OF, UD, SS, GP, PF, MF, XM] = [0, 3, 4, 6, 12, 13, 14, 16, 19];
/** Longest instruction. */
const INSTRUCTION_BYTES = 15;

interface Exception {
  readonly signal: number;
  readonly code: number;
  readonly address: number;
  readonly trap: number;
  readonly error: number;
}

/** si_code by bits of the status word or MXCSR; the first that is not masked counts. */
const FLOAT_CODES: readonly (readonly [bits: number, code: number])[] = [
  [0x01, FPE_FLTINV],
  [0x04, FPE_FLTDIV],
  [0x08, FPE_FLTOVF],
  [0x12, FPE_FLTUND],
  [0x20, FPE_FLTRES],
];
const MXCSR_MASK_SHIFT = 7;

function floatCode(raised: number): number {
  return FLOAT_CODES.find(([bits]) => (raised & bits) !== 0)?.[1] ?? 0;
}

function floatException(cpu: Cpu): Exception {
  const raised =
    cpu.read(cpu.registerNumber('fpustatus')) & ~cpu.read(cpu.registerNumber('fpucontrol'));
  return { signal: SIGFPE, code: floatCode(raised), address: cpu.pc, trap: MF, error: 0 };
}

function vectorException(cpu: Cpu): Exception {
  const mxcsr = cpu.read(cpu.registerNumber('mxcsr'));
  const code = floatCode(mxcsr & ~(mxcsr >> MXCSR_MASK_SHIFT));
  return { signal: SIGFPE, code, address: cpu.pc, trap: XM, error: 0 };
}

/** INT n: only INT3 and INTO's vector are a program's; the pc is behind the instruction. */
function softwareInterrupt(cpu: Cpu, { value, length }: Trap): Exception {
  if (value === BP) return { signal: SIGTRAP, code: SI_KERNEL, address: 0, trap: BP, error: 0 };
  if (value === OF) return { signal: SIGSEGV, code: SI_KERNEL, address: 0, trap: OF, error: 0 };
  cpu.pc -= length;
  // The error code names the gate: its number, and that it is in the interrupt table.
  const error = value * 8 + 2;
  return { signal: SIGSEGV, code: SI_KERNEL, address: 0, trap: GP, error };
}

const TRAPS: Partial<Record<TrapKind, (cpu: Cpu, stop: Trap) => Exception>> = {
  'divide-by-zero': ({ pc }) => ({
    signal: SIGFPE,
    code: FPE_INTDIV,
    address: pc,
    trap: DE,
    error: 0,
  }),
  'undefined-instruction': ({ pc }) => ({
    signal: SIGILL,
    code: ILL_ILLOPN,
    address: pc,
    trap: UD,
    error: 0,
  }),
  'general-protection': () => ({
    signal: SIGSEGV,
    code: SI_KERNEL,
    address: 0,
    trap: GP,
    error: 0,
  }),
  'breakpoint-instruction': softwareInterrupt,
  'float-exception': floatException,
  'simd-exception': vectorException,
};

/** The exception of an access that failed; one through SS to no address is #SS, not #GP. */
function accessException(thread: Thread): Exception {
  const exception = signalOfFault(thread.space);
  const { kind, access } = thread.space.mmu.fault;
  if (kind !== 'non-canonical' || access === 'execute') return exception;
  const code = thread.memory.readSome(thread.process.cpu.pc, INSTRUCTION_BYTES);
  const instruction = new X86Instruction();
  if (new X86Decoder(X86_ROWS).decode(code, 0, code.length, instruction) !== 'decoded') {
    return exception;
  }
  if (!usesX86StackSegment(instruction, access === 'write')) return exception;
  return { ...exception, signal: SIGBUS, trap: SS };
}

/**
 * Gives a thread, whose registers its engine holds, the signal of its fault or trap, which it
 * returns; null for a trap that is no exception of the processor's.
 */
export function stopSignal(thread: Thread, stop: GuestStop): SignalInfo | null {
  const { cpu } = thread.process;
  const exception = stop.kind === 'fault' ? accessException(thread) : TRAPS[stop.trap]?.(cpu, stop);
  if (exception === undefined) return null;
  const { signal, code, address, trap, error } = exception;
  const record = thread.signals.exception;
  record.trap = trap;
  record.error = error;
  if (trap === PF) record.address = address;
  record.isFresh = trap !== BP;
  const info = code === SI_KERNEL ? kernelInfo(signal) : faultInfo(signal, code, address);
  forceSignal(thread, info);
  return info;
}
