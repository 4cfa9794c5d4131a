/** What a process does on each signal: struct sigaction as the x86-64 kernel has it, 32 bytes. */
import {
  defaultAction,
  SA_EXPOSE_TAGBITS,
  SA_NOCLDSTOP,
  SA_NOCLDWAIT,
  SA_NODEFER,
  SA_ONSTACK,
  SA_RESETHAND,
  SA_RESTART,
  SA_RESTORER,
  SA_SIGINFO,
  SIG_DFL,
  SIG_IGN,
  SIGNAL_MAX,
} from './signal-numbers.ts';
import { SignalSet } from './signal-set.ts';

/** Handler, flags, restorer and mask, eight bytes each. */
export const SIGNAL_ACTION_BYTES = 32;

/** Flags that the kernel knows; it forgets others, which tells a program what it may ask for. */
const KNOWN_FLAGS =
  SA_NOCLDSTOP |
  SA_NOCLDWAIT |
  SA_SIGINFO |
  SA_EXPOSE_TAGBITS |
  SA_RESTORER |
  SA_ONSTACK |
  SA_RESTART |
  SA_NODEFER |
  SA_RESETHAND;

const HIGH = 2 ** 32;

export interface SignalAction {
  /** Address of the handler, {@link SIG_DFL} or {@link SIG_IGN}. */
  readonly handler: number;
  readonly flags: number;
  /** Where the handler returns to. */
  readonly restorer: number;
  /** Blocked while the handler runs. */
  readonly mask: SignalSet;
}

const DEFAULT: SignalAction = {
  handler: SIG_DFL,
  flags: 0,
  restorer: 0,
  mask: new SignalSet(),
};

/** Whether a signal with such an action has no effect. */
export function isIgnored(signal: number, { handler }: SignalAction): boolean {
  if (handler === SIG_IGN) return true;
  const action = defaultAction(signal);
  return handler === SIG_DFL && (action === 'ignore' || action === 'continue');
}

export class SignalActions {
  private readonly actions: SignalAction[];

  constructor(actions?: readonly SignalAction[]) {
    this.actions = [...(actions ?? Array.from({ length: SIGNAL_MAX + 1 }, () => DEFAULT))];
  }

  get(signal: number): SignalAction {
    return this.actions[signal]!;
  }

  set(signal: number, action: SignalAction): void {
    this.actions[signal] = action;
  }

  /** Back to the default action, with flags and mask as they were: what SA_RESETHAND does. */
  resetHandler(signal: number): void {
    this.actions[signal] = { ...this.actions[signal]!, handler: SIG_DFL };
  }

  copy(): SignalActions {
    return new SignalActions(this.actions);
  }

  /** What execve leaves: handlers are gone, ignored signals stay so. */
  forNewProgram(): SignalActions {
    return new SignalActions(
      this.actions.map(({ handler }) => (handler === SIG_IGN ? { ...DEFAULT, handler } : DEFAULT)),
    );
  }

  /** What CLONE_CLEAR_SIGHAND leaves. */
  withoutHandlers(): SignalActions {
    return this.forNewProgram();
  }
}

/** An action out of its bytes in memory. */
export function actionFrom(bytes: Uint8Array): SignalAction {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const word = (at: number): number =>
    view.getInt32(at + 4, true) * HIGH + view.getUint32(at, true);
  return {
    handler: word(0),
    flags: view.getInt32(8, true) & KNOWN_FLAGS,
    restorer: word(16),
    mask: SignalSet.from(bytes.subarray(24)).blockable(),
  };
}

export function actionBytes(action: SignalAction): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(SIGNAL_ACTION_BYTES);
  const view = new DataView(bytes.buffer);
  const setWord = (at: number, value: number): void => {
    view.setUint32(at, value % HIGH, true);
    view.setInt32(at + 4, Math.floor(value / HIGH), true);
  };
  setWord(0, action.handler);
  view.setInt32(8, action.flags, true);
  setWord(16, action.restorer);
  bytes.set(action.mask.bytes(), 24);
  return bytes;
}
