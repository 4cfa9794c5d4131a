/** What of signals the threads of a process have together. */
import { PendingSignals } from './pending-signals.ts';
import { SignalActions } from './signal-action.ts';

export class ProcessSignals {
  /** Shared with another process by CLONE_SIGHAND. */
  actions: SignalActions;
  /** Signals sent to the process: any thread that does not block them takes them. */
  readonly pending: PendingSignals = new PendingSignals();

  constructor(actions: SignalActions = new SignalActions()) {
    this.actions = actions;
  }
}
