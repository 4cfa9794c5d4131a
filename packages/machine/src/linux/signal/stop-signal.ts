/** The signal that a stop of the engine is to its thread. */
import type { StopReason } from '@bareheap/cpu';
import { signalOfFault } from '@bareheap/platform-posix';
import { endProcess } from '../process/process-end.ts';
import type { Thread } from '../process/thread.ts';

const SIGILL = 4;

/** Gives a thread the signal of its fault or trap. */
export function stopSignal(
  thread: Thread,
  stop: Extract<StopReason, { kind: 'fault' | 'trap' }>,
): void {
  const signal = stop.kind === 'fault' ? signalOfFault(thread.space).signal : SIGILL;
  endProcess(thread.process, { kind: 'signal', signal });
}
