/**
 * Taking pending signals: a handler gets a frame, else the default action is done. A call that
 * waits ends here, with EINTR or to be made again.
 *
 * @see kernel/signal.c: get_signal; arch/x86/kernel/signal.c: handle_signal
 */
import { EINTR } from '../file/errno.ts';
import { endProcess } from '../process/process-end.ts';
import type { Thread } from '../process/thread.ts';
import { leaveRestartable } from '../thread/restartable.ts';
import { checkCpuLimit } from './cpu-limit.ts';
import { forceFatalSignal, forceSignal, stopProcess } from './send-signal.ts';
import type { SignalAction } from './signal-action.ts';
import { enterHandler } from './signal-frame.ts';
import { kernelInfo, type SignalInfo } from './signal-info.ts';
import {
  defaultAction,
  SA_NODEFER,
  SA_RESETHAND,
  SA_RESTART,
  SIG_DFL,
  SIG_IGN,
  SIGKILL,
  SIGSEGV,
} from './signal-numbers.ts';
import { SS_AUTODISARM } from './signal-stack.ts';

/** Bytes of the SYSCALL instruction, which a call that is made again executes once more. */
const SYSCALL_BYTES = 2;
const HIGH = 2 ** 32;

/** `ended`: the thread is not to be run now, since its process has ended or is stopped. */
export type Delivery = 'none' | 'delivered' | 'ended';

/** Takes what is pending for a thread, whose registers its engine holds. */
export function deliverPending(thread: Thread): Delivery {
  if (thread.state === 'ended') return 'ended';
  checkCpuLimit(thread.process);
  let delivery: Delivery = 'none';
  let taken = 0;
  while (hasPending(thread)) {
    const info = takeSignal(thread);
    if (info === null) break;
    taken++;
    thread.process.kernel.onSignal?.(thread, info);
    const action = thread.process.signals.actions.get(info.signal);
    if (action.handler === SIG_IGN) continue;
    if (action.handler !== SIG_DFL) {
      handle(thread, action, info);
      delivery = 'delivered';
    } else if (actByDefault(thread, info) === 'ended') {
      return 'ended';
    }
  }
  thread.signals.exception.isFresh = false;
  if (taken > 0 && thread.pending !== null && thread.interruption === 'always') {
    endCall(thread, -EINTR);
  }
  return delivery;
}

function hasPending({ signals, process }: Thread): boolean {
  const { blocked } = signals;
  const own = signals.pending.set;
  const all = process.signals.pending.set;
  return (((own.low | all.low) & ~blocked.low) | ((own.high | all.high) & ~blocked.high)) !== 0;
}

function takeSignal({ signals, process }: Thread): SignalInfo | null {
  const shared = process.signals.pending;
  if (shared.set.has(SIGKILL) || signals.pending.set.has(SIGKILL)) return kernelInfo(SIGKILL);
  return (
    signals.pending.takeSynchronous(signals.blocked) ??
    signals.pending.take(signals.blocked) ??
    shared.take(signals.blocked)
  );
}

function actByDefault(thread: Thread, { signal }: SignalInfo): Delivery {
  const { process } = thread;
  switch (defaultAction(signal)) {
    case 'ignore':
    case 'continue':
      return 'none';
    case 'stop':
      stopProcess(process, signal);
      return 'ended';
    default:
      endProcess(process, { kind: 'signal', signal });
      return 'ended';
  }
}

function handle(thread: Thread, action: SignalAction, info: SignalInfo): void {
  interruptCall(thread, action);
  const { signals, process } = thread;
  // The kernel forgets the handler before it makes the frame.
  if ((action.flags & SA_RESETHAND) !== 0) process.signals.actions.resetHandler(info.signal);
  if (!leaveRestartable(thread) || !enterHandler(thread, action, info)) {
    signals.exception.isFresh = false;
    if (info.signal === SIGSEGV) forceFatalSignal(thread, kernelInfo(SIGSEGV));
    else forceSignal(thread, kernelInfo(SIGSEGV));
    return;
  }
  signals.savedMask = null;
  const blocked = signals.blocked.union(action.mask);
  if ((action.flags & SA_NODEFER) === 0) blocked.add(info.signal);
  signals.blocked.assign(blocked);
  if ((signals.stack.flags & SS_AUTODISARM) !== 0) signals.stack.reset();
}

/** Ends the call that waits, if any: the handler's frame has what comes of it. */
function interruptCall(thread: Thread, { flags }: SignalAction): void {
  const { pending, partial, interruption, process } = thread;
  if (pending === null) return;
  thread.onInterrupt?.();
  const again = partial === 0 && interruption === 'restart' && (flags & SA_RESTART) !== 0;
  if (again) {
    process.cpu.pc -= SYSCALL_BYTES;
    process.kernel.onInterrupted?.(thread, pending.row, pending.words, null);
    forgetCall(thread);
  } else {
    endCall(thread, partial > 0 ? partial : -EINTR);
  }
}

function endCall(thread: Thread, result: number): void {
  const { process, pending } = thread;
  const { cpu } = process;
  cpu.writeHalves(cpu.registerNumber('rax'), (result % HIGH) | 0, Math.floor(result / HIGH) | 0);
  process.kernel.onInterrupted?.(thread, pending!.row, pending!.words, result);
  forgetCall(thread);
}

/** The mask that the call had changed stays for the frame to take. */
function forgetCall(thread: Thread): void {
  const { savedMask } = thread.signals;
  thread.signals.savedMask = null;
  thread.pending = null;
  thread.finishCall();
  thread.signals.savedMask = savedMask;
}
