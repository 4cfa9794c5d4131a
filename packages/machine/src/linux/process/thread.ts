/** One thread of a process: what it waits for, its signals and, while it does not run, its registers. */
export {
  type Interruption,
  type PendingCall,
  type Restartable,
  Thread,
  type ThreadState,
} from './task.ts';
