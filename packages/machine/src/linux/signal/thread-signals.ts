/** What of signals is a thread's own. */
import { PendingSignals } from './pending-signals.ts';
import { SignalSet } from './signal-set.ts';
import { SignalStack } from './signal-stack.ts';

/** The processor's account of the last exception, which stays for later frames. */
export interface ExceptionRecord {
  trap: number;
  error: number;
  /** CR2: where the last page fault was. */
  address: number;
  /** The exception has just happened, and its frame is not made yet. */
  isFresh: boolean;
}

export class ThreadSignals {
  /** Signals that wait until they are unblocked. */
  readonly blocked: SignalSet = new SignalSet();
  /** Signals sent to this thread alone. */
  readonly pending: PendingSignals = new PendingSignals();
  readonly stack: SignalStack = new SignalStack();
  readonly exception: ExceptionRecord = {
    trap: 0,
    error: 0,
    address: 0,
    isFresh: false,
  };
  /** The mask to come back when the call that changed it is over. */
  savedMask: SignalSet | null = null;
  /** What rt_sigtimedwait waits for: such a signal is taken although it is blocked. */
  awaited: SignalSet | null = null;

  /** Blocks a set for the time of one call, as ppoll and sigsuspend do. */
  blockDuring(set: SignalSet): void {
    this.savedMask ??= this.blocked.copy();
    this.blocked.assign(set.blockable());
  }

  /** Ends {@link blockDuring}, unless a handler's frame has taken the mask over, and waiting. */
  finishCall(): void {
    this.awaited = null;
    if (this.savedMask === null) return;
    this.blocked.assign(this.savedMask);
    this.savedMask = null;
  }

  /** What a frame keeps: the mask from before the call that changed it. */
  frameMask(): SignalSet {
    return this.savedMask ?? this.blocked;
  }

  /** What a thread made by another one has of it. */
  inherit(parent: ThreadSignals, keepsStack: boolean): void {
    this.blocked.assign(parent.savedMask ?? parent.blocked);
    Object.assign(this.exception, parent.exception);
    if (keepsStack) this.stack.assign(parent.stack);
    else this.stack.reset();
  }
}
