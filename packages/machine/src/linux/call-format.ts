/** How the arguments and the result of a system call are shown, and what results mean. */
import type { ArgumentType } from '@bareheap/platform-posix';

/**
 * How an argument is shown; formats are in strace/. `…-out` is read when the call is over, all else
 * before it. `bytes-in` and `bytes-out` have their length in the next argument; of the latter as
 * many bytes are shown as the result says.
 */
export type ArgumentFormat =
  | ArgumentType
  | 'unsigned'
  | 'hex'
  | 'octal'
  | 'path'
  | 'directory'
  | 'bytes-in'
  | 'bytes-out'
  | 'open-flags'
  | 'at-flags'
  | 'mode'
  | 'access-mode'
  | 'whence'
  | 'stat-out'
  | 'statx-out'
  | 'statx-mask'
  | 'statfs-out'
  | 'dirents-out'
  | 'iovec-in'
  | 'iovec-out'
  | 'fcntl-command'
  | 'fcntl-argument'
  | 'ioctl-request'
  | 'ioctl-argument'
  | 'pipe-out'
  | 'pipe-flags'
  | 'eventfd-flags'
  | 'epoll-flags'
  | 'epoll-operation'
  | 'epoll-event-in'
  | 'epoll-events-out'
  | 'pollfds'
  | 'fd-set'
  | 'timespec-in'
  | 'timespec-out'
  | 'timeval-in'
  | 'timeval-out'
  | 'itimerval-in'
  | 'itimerval-out'
  | 'clock'
  | 'clock-flags'
  | 'signal'
  | 'signal-mask-how'
  | 'signal-set-in'
  | 'signal-set-out'
  | 'sigaction-in'
  | 'sigaction-out'
  | 'signal-stack-in'
  | 'signal-stack-out'
  | 'siginfo-in'
  | 'siginfo-out'
  | 'strings'
  | 'environment'
  | 'clone-flags'
  | 'clone-arguments'
  | 'wait-options'
  | 'wait-status-out'
  | 'rusage-out'
  | 'rusage-who'
  | 'futex-operation'
  | 'futex-value'
  | 'arch-prctl-code'
  | 'prctl-option'
  | 'uname-out'
  | 'sysinfo-out'
  | 'times-out'
  | 'random-flags'
  | 'robust-list'
  | 'rseq'
  | 'capability-header'
  | 'sched-param-out'
  | 'cpu-set-out'
  | 'int-out'
  | 'words-out'
  | 'path-out';

/** How a result is shown when it is no error. */
export type ResultFormat = 'int' | 'address' | 'descriptor' | 'hex' | 'octal' | 'none';

/**
 * Arguments as signed numbers: exact between -2^53 and 2^53, see platform-posix's address-word.ts.
 * Of an int argument take `words[n] | 0`.
 */
export type Words = ArrayLike<number>;

/**
 * The result of a call that has to wait: a thread’s `block` gives it. The same call is made again
 * with the same arguments when the thread is woken.
 */
export const BLOCKED = -4096;
/** The result of a call that set all registers itself, such as rt_sigreturn and execve. */
export const REGISTERS_SET = -4097;
