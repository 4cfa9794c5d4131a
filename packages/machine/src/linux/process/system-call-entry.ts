/** From the SYSCALL instruction to the row of the call, and its result back into RAX. */

import type { Cpu } from '@bareheap/cpu';
import { wordFromHalves } from '@bareheap/platform-posix';
import { SYSTEM_CALL_TABLE } from '../calls/system-call-table.ts';
import { ENOSYS } from '../file/errno.ts';
import { CALL_NAMES, callName } from '../strace/call-names.ts';
import { BLOCKED, REGISTERS_SET, type SystemCall } from '../system-call.ts';
import type { Thread } from './thread.ts';

const WORD = 2 ** 32;
/** Numbers that no Linux has are told apart up to so many; the rest are one name. */
const MOST_UNKNOWN = 256;
const OTHERS = 'syscall_others';

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

/** A call that the program has made: its row, and how often. */
interface UsedCall {
  readonly row: SystemCall;
  count: number;
}

export class SystemCallEntry {
  readonly watches: CallWatch[] = [];
  /** By number, in the order in which they were first made. */
  private readonly used = new Map<number, UsedCall>();
  private unknown = 0;
  private others = 0;
  private readonly registers: RegisterNumbers;

  constructor(registers: RegisterNumbers) {
    this.registers = registers;
  }

  /** Calls so far by name. */
  get counts(): Map<string, number> {
    const counts = new Map([...this.used.values()].map(({ row, count }) => [row.name, count]));
    return this.others === 0 ? counts : counts.set(OTHERS, this.others);
  }

  /** Makes the call that the registers of the running thread ask for. */
  call(thread: Thread): void {
    const { words } = thread;
    const { cpu } = thread.process;
    const { result, arguments: numbers } = this.registers;
    for (let index = 0; index < numbers.length; index++) {
      const register = numbers[index]!;
      words[index] = wordFromHalves(cpu.readHigh(register), cpu.readLow(register));
    }
    const number = cpu.readLow(result);
    const used = this.used.get(number) ?? this.use(number);
    used.count++;
    const { row } = used;
    for (const watch of this.watches) watch.enter(thread, row, words);
    this.perform(thread, row, words);
  }

  /** Makes a call again that waited; the running thread's. */
  retry(thread: Thread): void {
    const { pending } = thread;
    if (pending !== null) this.perform(thread, pending.row, pending.words);
  }

  /** Ends a call that waits with a result. */
  finish(thread: Thread, row: SystemCall, words: Float64Array, result: number): void {
    thread.pending = null;
    thread.finishCall();
    for (const watch of this.watches) watch.leave(thread, row, words, result);
    if (result !== REGISTERS_SET) this.setResult(thread.process.cpu, result);
  }

  /** The first call of a number; of one too many, each is the first. */
  private use(number: number): UsedCall {
    const isKnown = CALL_NAMES.has(number);
    if (!isKnown && this.unknown >= MOST_UNKNOWN) {
      this.others++;
      return { row: missingCall(number, OTHERS), count: 0 };
    }
    if (!isKnown) this.unknown++;
    const row = SYSTEM_CALL_TABLE.get(number) ?? missingCall(number, callName(number));
    const used = { row, count: 0 };
    this.used.set(number, used);
    return used;
  }

  private perform(thread: Thread, row: SystemCall, words: Float64Array): void {
    const result = row.call(thread, words);
    if (result === BLOCKED) {
      thread.attempt++;
      thread.pending ??= { row, words };
      return;
    }
    this.finish(thread, row, words, result);
  }

  private setResult(cpu: Cpu, result: number): void {
    if ((result | 0) === result) {
      cpu.writeHalves(this.registers.result, result, result >> 31);
      return;
    }
    cpu.writeHalves(this.registers.result, (result % WORD) | 0, Math.floor(result / WORD) | 0);
  }
}

/** A call that no table has: ENOSYS, and named once. */
function missingCall(number: number, name: string): SystemCall {
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
