/** From the SYSCALL instruction to the row of the call, and its result back into RAX. */

import type { Cpu } from '@bareheap/cpu';
import { wordFromHalves } from '@bareheap/platform-posix';
import { SYSTEM_CALL_TABLE } from '../calls/system-call-table.ts';
import { ENOSYS } from '../file/errno.ts';
import { callName } from '../strace/call-names.ts';
import { BLOCKED, REGISTERS_SET, type SystemCall } from '../system-call.ts';
import type { PendingCall } from './task.ts';
import type { Thread } from './thread.ts';

const WORD = 2 ** 32;

/** Told of each call: before it is made, and after it when it does not wait any more. */
export interface CallWatch {
  enter(thread: Thread, row: SystemCall, words: Float64Array): void;
  leave(thread: Thread, row: SystemCall, words: Float64Array, result: number): void;
}

export interface RegisterNumbers {
  readonly result: number;
  /** Of the six arguments. */
  readonly arguments: readonly number[];
}

export function registerNumbers(cpu: Cpu): RegisterNumbers {
  return {
    result: cpu.registerNumber('rax'),
    arguments: ['rdi', 'rsi', 'rdx', 'r10', 'r8', 'r9'].map((name) => cpu.registerNumber(name)),
  };
}

export class SystemCallEntry {
  /** Calls so far by name. */
  readonly counts: Map<string, number> = new Map();
  readonly watches: CallWatch[] = [];
  private readonly registers: RegisterNumbers;

  constructor(registers: RegisterNumbers) {
    this.registers = registers;
  }

  /** Makes the call that the registers of the running thread ask for. */
  call(thread: Thread): void {
    const { cpu } = thread.process;
    const { result, arguments: numbers } = this.registers;
    const number = cpu.readLow(result);
    const words = Float64Array.from(numbers, (at) =>
      wordFromHalves(cpu.readHigh(at), cpu.readLow(at)),
    );
    const row = SYSTEM_CALL_TABLE.get(number) ?? missingCall(number);
    this.counts.set(row.name, (this.counts.get(row.name) ?? 0) + 1);
    for (const watch of this.watches) watch.enter(thread, row, words);
    this.perform(thread, { row, words });
  }

  /** Makes a call again that waited; the running thread's. */
  retry(thread: Thread): void {
    const { pending } = thread;
    if (pending !== null) this.perform(thread, pending);
  }

  /** Ends a call that waits with a result. */
  finish(thread: Thread, pending: PendingCall, result: number): void {
    thread.pending = null;
    thread.finishCall();
    for (const watch of this.watches) watch.leave(thread, pending.row, pending.words, result);
    if (result !== REGISTERS_SET) this.setResult(thread.process.cpu, result);
  }

  private perform(thread: Thread, call: PendingCall): void {
    const result = call.row.call(thread, call.words);
    if (result === BLOCKED) {
      thread.attempt++;
      thread.pending = call;
      return;
    }
    this.finish(thread, call, result);
  }

  private setResult(cpu: Cpu, result: number): void {
    cpu.writeHalves(this.registers.result, (result % WORD) | 0, Math.floor(result / WORD) | 0);
  }
}

/** A call that no table has: ENOSYS, and named once. */
function missingCall(number: number): SystemCall {
  const name = callName(number);
  return {
    name,
    number,
    arguments: ['hex', 'hex', 'hex', 'hex', 'hex', 'hex'],
    result: 'int',
    call: (thread) => {
      thread.process.kernel.tellMissing(name);
      return -ENOSYS;
    },
  };
}
