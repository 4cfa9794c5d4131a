/** How threads and processes end. */
import type { Process, ProcessEnd } from './process.ts';
import type { Thread } from './thread.ts';

/** Ends one thread; its process goes on while it has others. */
export function endThread(thread: Thread, code: number): void {
  const { process } = thread;
  thread.finishCall();
  thread.pending = null;
  thread.state = 'ended';
  process.kernel.threads.delete(thread);
  const at = process.threads.indexOf(thread);
  if (at >= 0) process.threads.splice(at, 1);
  if (process.threads.length === 0) endProcess(process, { kind: 'exit', code });
}

/** Ends a process with all its threads: files are closed, memory is given back, its parent is told. */
export function endProcess(process: Process, end: ProcessEnd): void {
  if (process.end !== null) return;
  process.end = end;
  for (const thread of process.threads) {
    thread.finishCall();
    thread.pending = null;
    thread.state = 'ended';
    process.kernel.threads.delete(thread);
  }
  process.threads.length = 0;
  process.files.closeAll();
  process.space.dispose();
  process.parent?.childEnded.wake();
}
