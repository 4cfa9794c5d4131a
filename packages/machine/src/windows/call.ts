/** One call of a system function: its arguments, and what it may touch. */
import { TEB } from './process/environment-block.ts';
import type { ProcessMemory } from './process/process-memory.ts';
import { ARGUMENT_REGISTERS, RSP } from './process/registers.ts';
import type { Thread } from './process/thread.ts';
import type { WindowsProcess } from './process/windows-process.ts';

const HIGH = 2 ** 32;
const IN_REGISTERS = 4;
/** Above the stack pointer at entry: the return address, then a place for each argument. */
const FIRST_ARGUMENT = 8;

export class Call {
  readonly process: WindowsProcess;
  readonly thread: Thread;
  readonly name: string;
  readonly memory: ProcessMemory;
  /** Stack pointer at entry; the return address lies there. */
  readonly stackPointer: number;
  /** The arguments in registers, which callbacks change: low and high halves. */
  private readonly halves: Int32Array = new Int32Array(2 * IN_REGISTERS);

  constructor(process: WindowsProcess, thread: Thread, name: string) {
    this.process = process;
    this.thread = thread;
    this.name = name;
    this.memory = process.memory;
    const { registers } = process;
    this.stackPointer = registers.get(RSP);
    for (let n = 0; n < IN_REGISTERS; n++) {
      this.halves[2 * n] = registers.low(ARGUMENT_REGISTERS[n]!);
      this.halves[2 * n + 1] = registers.high(ARGUMENT_REGISTERS[n]!);
    }
  }

  get returnAddress(): number {
    return this.memory.u64(this.stackPointer);
  }

  /** Where argument `index` lies in memory, or would. */
  argumentAddress(index: number): number {
    return this.stackPointer + FIRST_ARGUMENT + index * 8;
  }

  /** An unsigned 64-bit argument, as near as a number can: addresses and sizes are exact. */
  word(index: number): number {
    if (index >= IN_REGISTERS) return this.memory.u64(this.argumentAddress(index));
    return (this.halves[2 * index + 1]! >>> 0) * HIGH + (this.halves[2 * index]! >>> 0);
  }

  /** The same, signed. */
  signedWord(index: number): number {
    const high =
      index >= IN_REGISTERS
        ? this.memory.i32(this.argumentAddress(index) + 4)
        : this.halves[2 * index + 1]!;
    return high * HIGH + this.u32(index);
  }

  u32(index: number): number {
    return this.i32(index) >>> 0;
  }

  i32(index: number): number {
    if (index >= IN_REGISTERS) return this.memory.i32(this.argumentAddress(index));
    return this.halves[2 * index]!;
  }

  /** A signed 64-bit argument. */
  big(index: number): bigint {
    if (index >= IN_REGISTERS) return this.memory.big(this.argumentAddress(index));
    return (BigInt(this.halves[2 * index + 1]!) << 32n) | BigInt(this.halves[2 * index]! >>> 0);
  }

  /** Before the first callback only: registers of doubles are the caller's no longer then. */
  double(index: number): number {
    if (index >= IN_REGISTERS) return this.memory.f64(this.argumentAddress(index));
    return this.process.registers.double(index);
  }

  float(index: number): number {
    return this.process.registers.float(index);
  }

  /** A double that follows `...`, which lies in the general register of its place. */
  restDouble(index: number): number {
    const view = new DataView(new ArrayBuffer(8));
    view.setBigInt64(0, this.big(index));
    return view.getFloat64(0);
  }

  text(index: number): string {
    return this.memory.text(this.word(index));
  }

  wide(index: number): string {
    return this.memory.wideText(this.word(index));
  }

  /** Text of an argument that may be null. */
  textOrNull(index: number): string | null {
    return this.word(index) === 0 ? null : this.text(index);
  }

  wideOrNull(index: number): string | null {
    return this.word(index) === 0 ? null : this.wide(index);
  }

  get lastError(): number {
    return this.memory.u32(this.thread.teb + TEB.lastError);
  }

  set lastError(error: number) {
    this.memory.setU32(this.thread.teb + TEB.lastError, error);
  }

  /** Sets the error and gives what a failing function returns. */
  fail(error: number, result = 0): number {
    this.lastError = error;
    this.process.failures++;
    return result;
  }
}
