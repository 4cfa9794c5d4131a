/**
 * The stack that a thread's handlers may run on: stack_t and the rules of sigaltstack.
 *
 * @see kernel/signal.c: do_sigaltstack; include/linux/sched/signal.h: sas_ss_flags
 */
import { EINVAL, ENOMEM, EPERM } from '../file/errno.ts';

export const SS_ONSTACK = 1;
export const SS_DISABLE = 2;
export const SS_AUTODISARM: number = 0x80000000 | 0;
/** struct: pointer, flags, size, eight bytes each. */
export const SIGNAL_STACK_BYTES = 24;
/** The least size, MINSIGSTKSZ. */
const LEAST_BYTES = 2048;

const HIGH = 2 ** 32;

export interface StackRequest {
  readonly pointer: number;
  readonly flags: number;
  readonly size: number;
}

export class SignalStack {
  pointer = 0;
  size = 0;
  /** As it was asked for. */
  flags = 0;

  /** Forgets the stack: a new thread's, a disarmed one. */
  reset(): void {
    this.pointer = 0;
    this.size = 0;
    this.flags = SS_DISABLE;
  }

  assign(other: SignalStack): void {
    this.pointer = other.pointer;
    this.size = other.size;
    this.flags = other.flags;
  }

  /** Whether an address is in the stack, whatever its flags. */
  holds(stackPointer: number): boolean {
    return stackPointer > this.pointer && stackPointer - this.pointer <= this.size;
  }

  /** Whether a thread with this stack pointer runs on the stack; a disarmed one is never run on. */
  isRunOn(stackPointer: number): boolean {
    return (this.flags & SS_AUTODISARM) === 0 && this.holds(stackPointer);
  }

  /** What sigaltstack tells: disabled, in use, or 0. */
  state(stackPointer: number): number {
    if (this.size === 0) return SS_DISABLE;
    return this.isRunOn(stackPointer) ? SS_ONSTACK : 0;
  }

  /** Sets another stack: 0 or a negative error number. */
  request({ pointer, flags, size }: StackRequest, stackPointer: number): number {
    if (this.isRunOn(stackPointer)) return -EPERM;
    const mode = flags & ~SS_AUTODISARM;
    if (mode !== SS_DISABLE && mode !== SS_ONSTACK && mode !== 0) return -EINVAL;
    if (mode !== SS_DISABLE && size >= 0 && size < LEAST_BYTES) return -ENOMEM;
    this.pointer = mode === SS_DISABLE ? 0 : pointer;
    this.size = mode === SS_DISABLE ? 0 : size;
    this.flags = flags;
    return 0;
  }

  /** stack_t as sigaltstack gives it out. */
  told(stackPointer: number): Uint8Array<ArrayBuffer> {
    return this.bytes(this.state(stackPointer) | (this.flags & SS_AUTODISARM));
  }

  /** stack_t as a signal's frame keeps it. */
  kept(): Uint8Array<ArrayBuffer> {
    return this.bytes(this.flags);
  }

  private bytes(flags: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(SIGNAL_STACK_BYTES);
    const view = new DataView(bytes.buffer);
    const setWord = (at: number, value: number): void => {
      view.setUint32(at, value % HIGH, true);
      view.setInt32(at + 4, Math.floor(value / HIGH), true);
    };
    setWord(0, this.pointer);
    view.setInt32(8, flags, true);
    setWord(16, this.size);
    return bytes;
  }
}

export function stackRequestFrom(bytes: Uint8Array): StackRequest {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const word = (at: number): number =>
    view.getInt32(at + 4, true) * HIGH + view.getUint32(at, true);
  return { pointer: word(0), flags: view.getInt32(8, true), size: word(16) };
}
