/** A thread of a Windows process: its registers while it does not run, and what it is in the middle of. */
import type { RegisterImage } from '../../register-image.ts';
import type { Steps } from '../call-steps.ts';
import type { ValueType } from '../value-type.ts';

/** A system function, or the system itself, that waits for a callback to return or for an event. */
export interface PendingCall {
  readonly steps: Steps;
  /** How its result is handed over. */
  readonly result: ValueType;
  /** Stack pointer when the function was entered. */
  readonly stackPointer: number;
  /** Where the function returns from. */
  readonly returnPc: number;
  /** Stack pointer when its callback returns; 0 while there is none. */
  callbackStackPointer: number;
  /** Of an exception that is dispatched: address of the CONTEXT that it interrupted; else 0. */
  context: number;
  /** Of the frame whose handler an exception's dispatch has called; 0 while it is another's. */
  establisher: number;
  /** Of an unwind that has called a frame's handler: address of its DISPATCHER_CONTEXT; else 0. */
  dispatcher: number;
  /** What becomes of the registers at its end: a result in RAX, or nothing. */
  readonly completion: 'return' | 'thread-end' | 'transfer';
  /** Told the result, for a trace; null when there is none because it does not return. */
  readonly onResult: ((result: number | bigint | null) => void) | null;
}

export type ThreadState = 'ready' | 'waiting' | 'suspended' | 'ended';

export class Thread {
  readonly id: number;
  /** Address of its TEB. */
  readonly teb: number;
  readonly stackLow: number;
  readonly stackHigh: number;
  /** First of the guard pages below `stackLow`. */
  readonly stackGuard: number;
  state: ThreadState = 'ready';
  /** What it begins with, until it has begun. */
  firstSteps: Steps | null = null;
  suspendCount = 0;
  /** Null while it is on the engine. */
  registers: RegisterImage | null = null;
  /** Innermost last. */
  readonly pending: PendingCall[] = [];
  /** Calls that it does when it next waits and lets itself be disturbed. */
  readonly queued: { readonly routine: number; readonly argument: bigint }[] = [];
  /** What it waits for. */
  until: (() => boolean) | null = null;
  deadline: number = Number.POSITIVE_INFINITY;
  /** Objects that it waits for; those that come by themselves have the time at which they do. */
  waitsFor: readonly { readonly due?: number }[] = [];
  exitCode = 259;

  constructor(parts: {
    id: number;
    teb: number;
    stackLow: number;
    stackHigh: number;
    stackGuard: number;
  }) {
    this.id = parts.id;
    this.teb = parts.teb;
    this.stackLow = parts.stackLow;
    this.stackHigh = parts.stackHigh;
    this.stackGuard = parts.stackGuard;
  }

  /** Whether it can run. */
  get isRunnable(): boolean {
    return this.state === 'ready' && this.suspendCount === 0;
  }
}
