/**
 * The Cpu port: what a machine asks of an engine, whichever it is. State is precise at every stop:
 * registers and pc are those before the instruction that faulted or trapped without retiring, and
 * the instruction count is that of the instructions retired.
 */
import type { Fault } from '@bareheap/mmu';

/** Why lifted code hands over to the machine; one vocabulary for all ISAs. */
export type TrapKind =
  /** SVC (value: immediate; retired), ECALL (value 0; not retired). */
  | 'supervisor-call'
  /** BKPT (value: immediate), EBREAK (value: instruction length); not retired. */
  | 'breakpoint-instruction'
  /** An encoding without a meaning on this CPU; value: its bits; not retired. */
  | 'undefined-instruction'
  /** A coprocessor or FPU instruction while it is off or absent; value: the coprocessor. */
  | 'no-coprocessor'
  /** A branch to an ARM-state address on an M-profile core; value: the target; retired. */
  | 'invalid-state'
  /** UDIV or SDIV by zero where the CPU is set to trap it; not retired. */
  | 'divide-by-zero'
  /** WFI, WFE: nothing to do until an interrupt; retired. */
  | 'wait'
  /** MRET and its kin; not retired: the machine sets pc. */
  | 'trap-return'
  /** A jump to an EXC_RETURN value; value: that value; retired. */
  | 'exception-return'
  /** A known instruction that this engine does not have yet; value: 0; not retired. */
  | 'unsupported-instruction'
  /** #GP that is no access: HLT and its kin, a jump to a non-canonical address; not retired. */
  | 'general-protection'
  /** #MF: an x87 exception that is not masked waits to be reported; not retired. */
  | 'float-exception'
  /** #XM: an exception of SSE that is not masked; MXCSR has its flag; not retired. */
  | 'simd-exception'
  /** FENCE.I, ISB: changed code becomes visible; retired. */
  | 'instruction-barrier';

export type StopReason =
  | { readonly kind: 'budget' }
  | { readonly kind: 'breakpoint' }
  /** `fault` is the engine's reused record: copy what must outlive the next run. */
  | { readonly kind: 'fault'; readonly fault: Fault }
  | {
      readonly kind: 'trap';
      readonly trap: TrapKind;
      readonly value: number;
      readonly length: number;
    }
  /** Somebody called {@link Cpu.requestStop}. */
  | { readonly kind: 'requested' };

/** System registers as the machine keeps them (CSRs; CONTROL, PRIMASK, BASEPRI …). */
export interface SystemPort {
  /** Returns the register's value as a signed 32-bit number. */
  readSystem(id: number): number;
  writeSystem(id: number, value: number): void;
  /**
   * Set by either call when the register does not exist or may not be accessed; the engine then
   * traps as for an undefined instruction, and clears it.
   */
  refused: boolean;
}

/** One entry of the shadow call stack. */
export interface ShadowFrame {
  /** Where the callee will come back to: the address after the call. */
  readonly returnTo: number;
  /** Address of the function that was called. */
  readonly callee: number;
  /** Stack pointer at the call. */
  readonly stackPointer: number;
}

export interface Cpu {
  readonly isaName: string;
  /** Names of the registers, by number. */
  readonly registerNames: readonly string[];
  /** Address of the next instruction; a write of any value clears {@link resumeFlag}. */
  pc: number;
  /** Instructions retired since the start; exact. */
  readonly instructionCount: number;
  /** Loads and stores so far, where the engine was asked to count them and can; else 0. */
  readonly memoryAccesses: number;
  /** The register's value; i32 registers as a signed number, i64 ones as near as a number can. */
  read(register: number): number;
  /** The low and the high 32 bits of a register, signed; of an i32 register the high ones are 0. */
  readLow(register: number): number;
  readHigh(register: number): number;
  /** Writes the 64 bits of an i64 register; the upper half is nothing to an i32 one. */
  writeHalves(register: number, low: number, high: number): void;
  write(register: number, value: number): void;
  /** A 32-bit word of a register, signed; 0 is the lowest, a v128 register has four. */
  readWord(register: number, word: number): number;
  writeWord(register: number, word: number, value: number): void;
  registerNumber(name: string): number;
  /**
   * Runs until something stops it, at most `budget` instructions (≥ 1, an integer below 2^53).
   * A breakpoint stops it before its instruction, and also before the first one, each time that
   * control comes there: once, wherever budgets end. See {@link resumeFlag}.
   */
  run(budget: number): StopReason;
  /**
   * Whether the breakpoint at the pc was told, so that {@link run} passes it; named for x86's RF. A
   * breakpoint's stop sets it; an instruction that retires clears it, and so does a write of
   * {@link pc}. A stop where nothing retires, such as a fault, keeps it. It belongs to the pc:
   * who puts a saved state back writes it after that.
   */
  resumeFlag: boolean;
  /** Makes run return `requested` at the next block edge; for devices and system registers. */
  requestStop(): void;
  setBreakpoint(address: number): void;
  clearBreakpoint(address: number): void;
  /** Drops translations of [start, start + length). */
  invalidateCode(start: number, length: number): void;
  /**
   * Says that another engine ran on the same linear memory since: nothing that it left there is
   * this one's. Registers and shadow frames are to be written anew.
   */
  takeOver(): void;
  /** The calls that are active, innermost first. */
  shadowFrames(): ShadowFrame[];
  /**
   * Writes where the active calls return to, innermost first, to `into` from an index on, at most
   * so many; how many. For those who look often.
   */
  shadowReturns(into: Float64Array, from: number, most: number): number;
  /** Enters a frame that no call instruction made (an exception); see {@link truncateShadow}. */
  enterShadowFrame(frame: ShadowFrame): void;
  /** Number of active frames; with {@link truncateShadow} an exception's return drops its own. */
  readonly shadowDepth: number;
  truncateShadow(depth: number): void;
}
