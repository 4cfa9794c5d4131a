/**
 * From the program into system functions and back: a call stops the engine at the function's gate,
 * its row does the work, callbacks run in the program, and the result goes where the calling
 * convention wants it.
 */
import { Call } from './call.ts';
import { type CallStep, isSteps, type Result, type Steps, TRANSFERRED } from './call-steps.ts';
import type { CallWatch } from './call-watch.ts';
import { dispatchException } from './exception/dispatch.ts';
import {
  type ExceptionRecord,
  faultRecord,
  STATUS_STACK_OVERFLOW,
} from './exception/exception-record.ts';
import { FUNCTION_TABLE } from './function-table.ts';
import type { Gate } from './module/gate-table.ts';
import { TEB } from './process/environment-block.ts';
import { ARGUMENT_REGISTERS, RAX, RSP } from './process/registers.ts';
import type { PendingCall, Thread } from './process/thread.ts';
import type { WindowsProcess } from './process/windows-process.ts';
import type { SystemFunction } from './system-function.ts';
import type { ValueType } from './value-type.ts';

/** Room that every callee finds above its return address for the first four arguments. */
const HOME_BYTES = 32;
const STACK_ALIGN = 16;
const HIGH = 2 ** 32;
/** Most functions that a thread is in the middle of: each costs the host some 500 bytes. */
const PENDING_LIMIT = 1 << 17;
/** Results of 32 bits: as an instruction that writes half a register, they leave zeros above. */
const NARROW: ReadonlySet<ValueType> = new Set(['i32', 'u32', 'bool', 'status']);

export class SystemEntry {
  /** Who is told of calls. */
  readonly watches: CallWatch[] = [];
  /** Calls by the function's name. */
  readonly counts: Map<string, number> = new Map<string, number>();
  private readonly process: WindowsProcess;
  private readonly watching = new Map<SystemFunction, readonly CallWatch[]>();

  constructor(process: WindowsProcess) {
    this.process = process;
  }

  /** The engine stopped behind an INT3: false where it is the program's own. */
  breakpoint(thread: Thread): boolean {
    const { gates, cpu } = this.process;
    const address = cpu.pc - 1;
    if (address === gates.callbackReturn && this.callbackReturned(thread)) return true;
    const gate = gates.at(address);
    if (gate === null) return false;
    this.enter(thread, gate);
    return true;
  }

  /** Begins a thread that has not run yet. */
  begin(thread: Thread): void {
    const steps = thread.firstSteps!;
    thread.firstSteps = null;
    // As if its first function had been called: the stack is 8 off a multiple of 16.
    const stackPointer = thread.stackHigh - HOME_BYTES - 8;
    this.process.registers.reset(stackPointer, thread.teb);
    this.push(thread, steps, {
      completion: 'thread-end',
      result: 'void',
      stackPointer,
      returnPc: 0,
    });
  }

  /** Goes on with what a thread waited for. */
  resume(thread: Thread): void {
    const { until } = thread;
    if (until === null) return;
    thread.until = null;
    const came = until();
    thread.deadline = Number.POSITIVE_INFINITY;
    this.advance(thread, thread.pending.at(-1)!, came ? 1 : 0);
  }

  /** An exception at an instruction; the program's handlers are asked. */
  raise(thread: Thread, record: ExceptionRecord, pc: number): void {
    const { process } = this;
    process.memory.mmu.faulted = false;
    const stackPointer = process.registers.get(RSP) - 1;
    const steps = dispatchException(process, thread, record, pc);
    this.push(thread, steps, {
      completion: 'transfer',
      result: 'void',
      stackPointer,
      returnPc: pc,
    });
  }

  private enter(thread: Thread, gate: Gate): void {
    const { process } = this;
    const row = gate.key === null ? undefined : FUNCTION_TABLE.get(gate.key);
    const { mmu } = process;
    if (row === undefined) {
      const caller = process.memory.u64(process.registers.get(RSP));
      process.end = { kind: 'missing', what: `${gate.module}!${gate.name}`, caller };
      return;
    }
    this.counts.set(row.name, (this.counts.get(row.name) ?? 0) + 1);
    const call = new Call(process, thread, row.name);
    const onResult = this.watch(call, row);
    mmu.faulted = false;
    const answer = row.call(call);
    const { stackPointer } = call;
    const returnPc = process.cpu.pc;
    if (isSteps(answer)) {
      const ends = { completion: 'return', result: row.result, stackPointer, returnPc } as const;
      this.push(thread, answer, ends, onResult);
      return;
    }
    if (mmu.faulted) {
      onResult?.(null);
      this.raise(thread, faultRecord(mmu.fault, returnPc - 1), returnPc - 1);
      return;
    }
    const { raising } = process;
    if (raising !== null) {
      onResult?.(null);
      process.raising = null;
      // Going on means to return from the function.
      if (answer !== TRANSFERRED) this.setResult(row.result, answer);
      this.raise(thread, { ...raising, address: returnPc }, returnPc);
      return;
    }
    if (answer === TRANSFERRED) {
      onResult?.(null);
      this.dropStale(thread);
      return;
    }
    this.setResult(row.result, answer);
    onResult?.(answer);
  }

  /** Tells those who want to know of a function's calls; null when nobody does. */
  private watch(call: Call, row: SystemFunction): PendingCall['onResult'] {
    let watching = this.watching.get(row);
    if (watching === undefined) {
      watching = this.watches.filter((watch) => watch.wants(row));
      this.watching.set(row, watching);
    }
    if (watching.length === 0) return null;
    const leaves = watching.map((watch) => watch.enter(call, row));
    return (result) => {
      for (const leave of leaves) leave(result);
    };
  }

  private push(
    thread: Thread,
    steps: Steps,
    ends: Pick<PendingCall, 'completion' | 'result' | 'stackPointer' | 'returnPc'>,
    onResult: PendingCall['onResult'] = null,
  ): void {
    const pending: PendingCall = {
      ...ends,
      steps,
      callbackStackPointer: 0,
      context: 0,
      establisher: 0,
      dispatcher: 0,
      onResult,
    };
    this.dropLeft(thread);
    if (thread.pending.length >= PENDING_LIMIT) {
      const code = STATUS_STACK_OVERFLOW;
      this.process.end ??= { kind: 'exception', code, address: ends.returnPc, information: [] };
      return;
    }
    thread.pending.push(pending);
    this.advance(thread, pending, 0);
  }

  /** Does steps of a function until it calls back, waits or ends. */
  private advance(thread: Thread, pending: PendingCall, first: number): void {
    const { mmu } = this.process;
    let value = first;
    for (;;) {
      mmu.faulted = false;
      const { done, value: step } = pending.steps.next(value);
      if (thread.state === 'ended' || this.process.end !== null) {
        pending.onResult?.(null);
        return;
      }
      if (mmu.faulted) {
        this.faulted(thread, pending);
        return;
      }
      if (done) {
        this.finish(thread, pending, step);
        return;
      }
      if (step.kind === 'call') {
        this.callBack(pending, step);
        return;
      }
      if (step.kind === 'pause') {
        thread.until = () => true;
        return;
      }
      if (!step.until()) {
        thread.until = step.until;
        thread.deadline = step.deadline;
        thread.state = 'waiting';
        return;
      }
      value = 1;
    }
  }

  /** A function touched memory that it cannot: the exception is at its own address. */
  private faulted(thread: Thread, pending: PendingCall): void {
    const { registers, mmu } = this.process;
    thread.pending.splice(thread.pending.indexOf(pending));
    registers.set(RSP, pending.stackPointer);
    this.raise(thread, faultRecord(mmu.fault, pending.returnPc - 1), pending.returnPc - 1);
  }

  private finish(thread: Thread, pending: PendingCall, result: Result): void {
    const at = thread.pending.indexOf(pending);
    if (at >= 0) thread.pending.splice(at);
    if (result === TRANSFERRED) {
      pending.onResult?.(null);
      this.dropStale(thread);
      return;
    }
    if (pending.completion === 'thread-end') {
      this.process.endThread(thread, Number(BigInt.asUintN(32, BigInt(result))));
      return;
    }
    this.process.registers.set(RSP, pending.stackPointer);
    this.process.cpu.pc = pending.returnPc;
    this.setResult(pending.result, result);
    pending.onResult?.(result);
  }

  private setResult(type: ValueType, result: number | bigint): void {
    const { registers } = this.process;
    if (typeof result === 'bigint') {
      const bits = BigInt.asUintN(64, result);
      registers.setHalves(RAX, Number(bits & 0xffff_ffffn) | 0, Number(bits >> 32n) | 0);
    } else if (type === 'f64') registers.setDouble(0, result);
    else if (type === 'f32') registers.setFloat(0, result);
    else if (NARROW.has(type)) registers.setHalves(RAX, result | 0, 0);
    else registers.set(RAX, result);
  }

  private callBack(pending: PendingCall, { address, arguments: values, below }: CallStep): void {
    const { registers, memory, gates, cpu } = this.process;
    const above = Math.max(HOME_BYTES, values.length * 8);
    const top = below === 0 ? pending.stackPointer : below;
    const low = top - above;
    const stackPointer = low - (low % STACK_ALIGN) - 8;
    memory.setU64(stackPointer, gates.callbackReturn);
    values.forEach((value, number) => {
      const register = ARGUMENT_REGISTERS[number];
      if (register === undefined) memory.setU64(stackPointer + 8 + number * 8, value);
      else registers.set(register, value);
    });
    registers.set(RSP, stackPointer);
    pending.callbackStackPointer = stackPointer + 8;
    cpu.pc = address;
  }

  /** False when no function waits for this return: the program jumped here by itself. */
  private callbackReturned(thread: Thread): boolean {
    const { registers } = this.process;
    const stackPointer = registers.get(RSP);
    const at = thread.pending.findLastIndex((one) => one.callbackStackPointer === stackPointer);
    if (at < 0) return false;
    thread.pending.length = at + 1;
    const pending = thread.pending[at]!;
    pending.callbackStackPointer = 0;
    // Signed: a narrow negative result, which C libraries extend, keeps its low bits.
    this.advance(thread, pending, registers.high(RAX) * HIGH + (registers.low(RAX) >>> 0));
    return true;
  }

  /** Forgets functions whose frames a jump has left. */
  private dropStale(thread: Thread): void {
    const stackPointer = this.process.registers.get(RSP);
    while (thread.pending.length > 0 && thread.pending.at(-1)!.stackPointer < stackPointer) {
      thread.pending.pop();
    }
  }

  /**
   * Forgets functions whose frames the program has left by code of its own, as an inlined longjmp
   * does: where it now needs the system, its stack is above theirs. The frames of a stack that it
   * only switched away from, as the TEB tells, stay.
   */
  private dropLeft(thread: Thread): void {
    const { memory, registers } = this.process;
    const stackPointer = registers.get(RSP);
    const isLeft = (one: PendingCall | undefined): one is PendingCall =>
      one !== undefined && one.completion !== 'thread-end' && one.stackPointer < stackPointer;
    if (!isLeft(thread.pending.at(-1))) return;
    const low = memory.u64(thread.teb + TEB.stackLimit);
    const high = memory.u64(thread.teb + TEB.stackBase);
    memory.mmu.faulted = false;
    if (stackPointer > high) return;
    for (let last = thread.pending.at(-1); isLeft(last); last = thread.pending.at(-1)) {
      if (last.stackPointer < low) return;
      thread.pending.pop();
    }
  }
}
